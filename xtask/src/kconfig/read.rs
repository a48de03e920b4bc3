//! Reads a Kconfig file into statements.
//!
//! The language is that of kconfiglib 14.1 as ESP-IDF 5.0 to 6.0 uses it (esp-idf-kconfig v1.5, v2.5, v3.14), without macros
//! and modules, which no file of ESP-IDF has. A line that cannot be read is told and left out; nothing is expanded.

use super::codes;
use super::expr::{self, Expr, Operand};
use super::file::{File, Kind, Property, Statement, Type};
use super::lex::{Cursor, Span};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::source::Source;

impl File {
    /// Reads a file. What cannot be read is in `findings`, and not in the statements.
    pub fn parse(source: Source) -> Self {
        let text = source.text().to_owned();
        let mut reader = Reader {
            text: &text,
            source: &source,
            at: 0,
            statements: Vec::new(),
            open: Vec::new(),
            lost: false,
            findings: Diagnostics::default(),
        };
        reader.read();
        let Reader { statements, findings, .. } = reader;
        Self { source, statements, findings }
    }
}

struct Reader<'a> {
    text: &'a str,
    source: &'a Source,
    at: usize,
    statements: Vec<Statement>,
    /// Blocks that are open: their statements.
    open: Vec<usize>,
    /// The statement before was not read, so its properties are passed over.
    lost: bool,
    findings: Diagnostics,
}

/// Why a line cannot be read.
struct Fault {
    code: &'static Code,
    expected: &'static str,
    at: usize,
}

impl Reader<'_> {
    fn read(&mut self) {
        while self.at < self.text.len() {
            let (start, end) = self.logical_line();
            let mut cursor = Cursor::new(self.text, start, end);
            if cursor.is_done() {
                continue;
            }
            let begin = cursor.at;
            let line = Span { start: begin as u32, end: end as u32 };
            if let Err(fault) = self.line(&mut cursor, line) {
                let place = self.source.place(fault.at.max(begin)..end);
                let place =
                    if place.text().trim().is_empty() { self.source.place(begin..end) } else { place };
                let text = format!("expected {}", fault.expected);
                self.findings.push(
                    Diagnostic::warning(fault.code, text).at(&place).because("this line has no effect here"),
                );
            }
        }
        while let Some(open) = self.open.pop() {
            if let Some(statement) = self.statements.get(open) {
                let (end, place) = (
                    self.end_of(open),
                    self.source.place(statement.line.start as usize..statement.line.end as usize),
                );
                self.findings.push(
                    Diagnostic::warning(&codes::UNBALANCED, "this block is not closed")
                        .at(&place)
                        .because("it is taken to end with the file"),
                );
                let line = Span { start: self.text.len() as u32, end: self.text.len() as u32 };
                self.statements.push(Statement { kind: end, line, properties: Vec::new() });
            }
        }
    }

    /// The next line, with those that a `\` at its end joins to it; without the line end.
    fn logical_line(&mut self) -> (usize, usize) {
        let start = self.at;
        loop {
            let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
            let Some(next) = memchr::memchr(b'\n', rest) else {
                self.at = self.text.len();
                return (start, self.at);
            };
            let end = self.at + next;
            self.at = end + 1;
            let line = self.text.as_bytes().get(start..end).unwrap_or_default();
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            if line.last() != Some(&b'\\') {
                return (start, end);
            }
        }
    }

    fn line(&mut self, cursor: &mut Cursor<'_>, line: Span) -> Result<(), Fault> {
        let Some(word) = cursor.word() else {
            return Err(Fault { code: &codes::UNREADABLE, expected: "a Kconfig keyword", at: cursor.at });
        };
        let kind = match word.of(self.text) {
            "config" | "menuconfig" => self.name(cursor).map(|name| Kind::Config { name }),
            "choice" => Ok(Kind::Choice { name: cursor.word() }),
            "menu" => self.title(cursor).map(|_| Kind::Menu),
            "comment" | "mainmenu" => self.title(cursor).map(|_| Kind::Comment),
            "if" => self.expression(cursor).map(Kind::If),
            "source" => self.path(cursor, false, false),
            "rsource" => self.path(cursor, true, false),
            "osource" => self.path(cursor, false, true),
            "orsource" => self.path(cursor, true, true),
            end @ ("endchoice" | "endmenu" | "endif") => return self.end(end, line),
            other => {
                let property = self.property(other, cursor, line)?;
                self.done(cursor)?;
                return self.add(property, line);
            }
        };
        let kind = match kind.and_then(|kind| self.done(cursor).map(|()| kind)) {
            Ok(kind) => kind,
            Err(fault) => {
                self.lost = true;
                return Err(fault);
            }
        };
        self.lost = false;
        if matches!(kind, Kind::Choice { .. } | Kind::Menu | Kind::If(_)) {
            self.open.push(self.statements.len());
        }
        self.statements.push(Statement { kind, line, properties: Vec::new() });
        Ok(())
    }

    fn end_of(&self, open: usize) -> Kind {
        match self.statements.get(open).map(|statement| &statement.kind) {
            Some(Kind::Choice { .. }) => Kind::EndChoice,
            Some(Kind::If(_)) => Kind::EndIf,
            _ => Kind::EndMenu,
        }
    }

    fn end(&mut self, word: &str, line: Span) -> Result<(), Fault> {
        let fault = |expected| Err(Fault { code: &codes::UNBALANCED, expected, at: line.start as usize });
        let Some(&open) = self.open.last() else {
            return fault("a block that this ends");
        };
        let kind = self.end_of(open);
        let (expected, right) = match kind {
            Kind::EndChoice => ("`endchoice`", "endchoice"),
            Kind::EndIf => ("`endif`", "endif"),
            _ => ("`endmenu`", "endmenu"),
        };
        if right != word {
            return fault(expected);
        }
        self.open.pop();
        self.lost = false;
        self.statements.push(Statement { kind, line, properties: Vec::new() });
        Ok(())
    }

    fn add(&mut self, property: Property, line: Span) -> Result<(), Fault> {
        if self.lost {
            return Ok(());
        }
        let takes = |statement: &Statement| {
            matches!(statement.kind, Kind::Config { .. } | Kind::Choice { .. } | Kind::Menu | Kind::Comment)
        };
        match self.statements.last_mut().filter(|statement| takes(statement)) {
            Some(statement) => statement.properties.push(property),
            None => {
                return Err(Fault {
                    code: &codes::UNREADABLE,
                    expected: "`config`, `choice` or `menu` before this",
                    at: line.start as usize,
                });
            }
        }
        Ok(())
    }
}

/// The parts of lines.
impl Reader<'_> {
    fn property(&mut self, word: &str, cursor: &mut Cursor<'_>, line: Span) -> Result<Property, Fault> {
        let kind = match word {
            "bool" | "tristate" => Some(Type::Bool),
            "int" => Some(Type::Int),
            "hex" => Some(Type::Hex),
            "string" => Some(Type::String),
            "float" => Some(Type::Float),
            _ => None,
        };
        if let Some(kind) = kind {
            if cursor.is_done() {
                return Ok(Property::Type(kind));
            }
            let prompt = self.prompt(cursor)?;
            self.add(Property::Type(kind), line)?;
            return Ok(prompt);
        }
        match word {
            "prompt" => self.prompt(cursor),
            "default" => self.default(cursor),
            "def_bool" | "def_tristate" | "def_int" | "def_hex" | "def_string" => {
                let kind = match word {
                    "def_int" => Type::Int,
                    "def_hex" => Type::Hex,
                    "def_string" => Type::String,
                    _ => Type::Bool,
                };
                self.add(Property::Type(kind), line)?;
                self.default(cursor)
            }
            "depends" => match cursor.keyword("on") {
                true => self.expression(cursor).map(Property::Depends),
                false => Err(unreadable("`on`", cursor)),
            },
            "visible" => match cursor.keyword("if") {
                true => self.expression(cursor).map(Property::Visible),
                false => Err(unreadable("`if`", cursor)),
            },
            "range" => {
                let (low, high) = (self.operand(cursor)?, self.operand(cursor)?);
                Ok(Property::Range { low, high, condition: self.condition(cursor)? })
            }
            "select" => {
                Ok(Property::Select { target: self.name(cursor)?, condition: self.condition(cursor)? })
            }
            "imply" => Ok(Property::Imply { target: self.name(cursor)?, condition: self.condition(cursor)? }),
            "set" => self.set(cursor),
            "option" => self.option(cursor),
            "optional" => Ok(Property::Optional),
            "help" | "---help---" => Ok(Property::Help(self.help(cursor))),
            // For people in menuconfig alone (esp-idf-kconfig 3).
            "warning" => Ok(Property::Help(self.title(cursor).map(|_| Span::default())?)),
            _ => Err(Fault {
                code: &codes::UNREADABLE,
                expected: "a Kconfig keyword",
                at: line.start as usize,
            }),
        }
    }

    fn prompt(&self, cursor: &mut Cursor<'_>) -> Result<Property, Fault> {
        Ok(Property::Prompt { text: self.title(cursor)?, condition: self.condition(cursor)? })
    }

    fn default(&self, cursor: &mut Cursor<'_>) -> Result<Property, Fault> {
        Ok(Property::Default { value: self.expression(cursor)?, condition: self.condition(cursor)? })
    }

    fn set(&self, cursor: &mut Cursor<'_>) -> Result<Property, Fault> {
        let weak = cursor.keyword("default");
        let target = self.name(cursor)?;
        if !cursor.sign("=") {
            return Err(unreadable("`=`", cursor));
        }
        let value = self.operand(cursor)?;
        Ok(Property::Set { target, value, weak, condition: self.condition(cursor)? })
    }

    fn option(&self, cursor: &mut Cursor<'_>) -> Result<Property, Fault> {
        if !cursor.keyword("env") {
            // `allnoconfig_y`, `defconfig_list`, `modules`: nothing that an sdkconfig would show.
            while cursor.word().is_some() {}
            return Ok(Property::Help(Span::default()));
        }
        if !cursor.sign("=") {
            return Err(unreadable("`=`", cursor));
        }
        self.title(cursor).map(Property::Env)
    }

    fn done(&self, cursor: &mut Cursor<'_>) -> Result<(), Fault> {
        if cursor.is_done() { Ok(()) } else { Err(unreadable("the end of the line", cursor)) }
    }

    fn name(&self, cursor: &mut Cursor<'_>) -> Result<Span, Fault> {
        cursor.word().ok_or_else(|| unreadable("a symbol", cursor))
    }

    fn title(&self, cursor: &mut Cursor<'_>) -> Result<Span, Fault> {
        match cursor.quoted() {
            Ok(Some(span)) => Ok(span),
            Ok(None) => Err(unreadable("a quoted text", cursor)),
            Err(expected) => Err(unreadable(expected, cursor)),
        }
    }

    fn path(&self, cursor: &mut Cursor<'_>, relative: bool, optional: bool) -> Result<Kind, Fault> {
        let path = self.operand(cursor)?.span;
        Ok(Kind::Source { path, relative, optional })
    }

    fn operand(&self, cursor: &mut Cursor<'_>) -> Result<Operand, Fault> {
        expr::operand(cursor).map_err(|expected| unreadable(expected, cursor))
    }

    fn expression(&self, cursor: &mut Cursor<'_>) -> Result<Expr, Fault> {
        Expr::parse(cursor).map_err(|expected| unreadable(expected, cursor))
    }

    fn condition(&self, cursor: &mut Cursor<'_>) -> Result<Option<Expr>, Fault> {
        if cursor.keyword("if") { self.expression(cursor).map(Some) } else { Ok(None) }
    }

    /// The block under `help`: the lines that are indented at least as its first one, and empty ones.
    fn help(&mut self, cursor: &mut Cursor<'_>) -> Span {
        cursor.is_done();
        let start = self.at;
        let mut end = start;
        let mut least = 0;
        while self.at < self.text.len() {
            let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
            let length = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
            let line = rest.get(..length).unwrap_or_default();
            if let Some(indent) = indentation(line) {
                if indent < least || indent == 0 {
                    break;
                }
                if least == 0 {
                    least = indent;
                }
                end = self.at + length;
            }
            self.at = (self.at + length + 1).min(self.text.len());
        }
        Span { start: start as u32, end: end as u32 }
    }
}

/// Columns before the first character, a tab going to the next eighth; `None` for a blank line.
fn indentation(line: &[u8]) -> Option<usize> {
    let mut column = 0;
    for byte in line {
        match byte {
            b' ' => column += 1,
            b'\t' => column = column / 8 * 8 + 8,
            b'\r' | 0x0c => {}
            _ => return Some(column),
        }
    }
    None
}

fn unreadable(expected: &'static str, cursor: &Cursor<'_>) -> Fault {
    Fault { code: &codes::UNREADABLE, expected, at: cursor.at }
}
