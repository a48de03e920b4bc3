//! The words of a Kconfig line, as places in the text.
//!
//! It knows no keywords.

/// A range of bytes in a file's text; a file beyond 4 GiB is not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Span {
    pub start: u32,
    pub end: u32,
}

impl Span {
    pub fn of(self, text: &str) -> &str {
        text.get(self.start as usize..self.end as usize).unwrap_or_default()
    }
}

/// Reads one logical line: a `\` at the end of a line goes on with the next one, `#` ends it.
#[derive(Debug, Clone)]
pub struct Cursor<'a> {
    text: &'a [u8],
    pub at: usize,
    end: usize,
}

impl<'a> Cursor<'a> {
    /// Over `text[at..end]`, a logical line without its line end.
    pub fn new(text: &'a str, at: usize, end: usize) -> Self {
        Self { text: text.as_bytes(), at, end: end.min(text.len()) }
    }

    fn peek(&self) -> Option<u8> {
        if self.at < self.end { self.text.get(self.at).copied() } else { None }
    }

    fn skip_blanks(&mut self) {
        while let Some(byte) = self.peek() {
            match byte {
                b' ' | b'\t' | b'\r' | b'\n' | 0x0c => self.at += 1,
                b'\\' if matches!(self.text.get(self.at + 1), Some(b'\n' | b'\r')) => self.at += 1,
                b'#' => self.at = self.end,
                _ => break,
            }
        }
    }

    /// Whether nothing is left but blanks and a comment.
    pub fn is_done(&mut self) -> bool {
        self.skip_blanks();
        self.at >= self.end
    }

    /// Takes `sign` if it comes next.
    pub fn sign(&mut self, sign: &str) -> bool {
        self.skip_blanks();
        let next = self.text.get(self.at..self.end).unwrap_or_default();
        let found = next.starts_with(sign.as_bytes());
        self.at += if found { sign.len() } else { 0 };
        found
    }

    /// Takes a `!` that is no `!=`.
    pub fn negation(&mut self) -> bool {
        self.skip_blanks();
        let found = self.peek() == Some(b'!') && self.text.get(self.at + 1) != Some(&b'=');
        self.at += usize::from(found);
        found
    }

    /// Takes a name, number or path, with the `$(NAME)` in it.
    pub fn word(&mut self) -> Option<Span> {
        self.skip_blanks();
        let start = self.at;
        while let Some(byte) = self.peek() {
            match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | b'-' | b'.' | b'/' | b'$' => self.at += 1,
                b'(' | b'{' if self.at > start && self.text.get(self.at - 1) == Some(&b'$') => {
                    let close = if byte == b'(' { b')' } else { b'}' };
                    let rest = self.text.get(self.at..self.end).unwrap_or_default();
                    self.at += memchr::memchr(close, rest)? + 1;
                }
                _ => break,
            }
        }
        (self.at > start).then_some(Span { start: start as u32, end: self.at as u32 })
    }

    /// Takes `word` if it comes next as a whole.
    pub fn keyword(&mut self, word: &str) -> bool {
        let before = self.at;
        let found = self
            .word()
            .is_some_and(|span| self.text.get(span.start as usize..self.at) == Some(word.as_bytes()));
        if !found {
            self.at = before;
        }
        found
    }

    /// Takes a text in double or single quotes; its place is without them, its escapes stay.
    ///
    /// # Errors
    /// When the closing quote is missing.
    pub fn quoted(&mut self) -> Result<Option<Span>, &'static str> {
        self.skip_blanks();
        let Some(quote @ (b'"' | b'\'')) = self.peek() else {
            return Ok(None);
        };
        let start = self.at + 1;
        let mut at = start;
        loop {
            let rest = self.text.get(at..self.end).unwrap_or_default();
            let Some(next) = memchr::memchr2(quote, b'\\', rest) else {
                return Err("a closing quote");
            };
            at += next;
            if self.text.get(at) == Some(&quote) {
                self.at = at + 1;
                return Ok(Some(Span { start: start as u32, end: at as u32 }));
            }
            at += 2;
        }
    }
}

/// A quoted text without its escapes.
pub fn unescaped(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(c) = characters.next() {
        plain.extend(if c == '\\' { characters.next() } else { Some(c) });
    }
    plain
}
