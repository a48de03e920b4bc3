//! The merged sdkconfig as text: each symbol once, sorted, with its source as a comment.
//!
//! It writes no file.

use super::layer::Origin;
use super::merge::{Entry, Merged};

impl Merged {
    /// The whole file. `header`: lines of a comment at its top. The same input gives the same text.
    pub fn to_text(&self, header: &[&str]) -> String {
        let mut text = String::new();
        for line in header {
            push_comment(&mut text, line);
        }
        for (symbol, entry) in &self.symbols {
            text.push('\n');
            push_comment(&mut text, &source_line(symbol, entry));
            text.push_str(&entry.winner.value().to_sdkconfig(symbol));
            text.push('\n');
        }
        text
    }
}

fn source_line(symbol: &str, entry: &Entry) -> String {
    let mut line = entry.winner.place().to_string();
    if entry.winner.symbol() != symbol {
        line.push_str(&format!(" as {}", entry.winner.symbol()));
    }
    for (index, origin) in entry.beat.iter().enumerate() {
        line.push_str(if index == 0 { "; over " } else { ", " });
        line.push_str(&beaten(symbol, origin));
    }
    line
}

fn beaten(symbol: &str, origin: &Origin) -> String {
    if origin.symbol() == symbol {
        format!("{} of {}", origin.value(), origin.place())
    } else {
        format!("{}={} of {}", origin.symbol(), origin.value(), origin.place())
    }
}

/// Writes a comment that no tool takes for more. kconfgen looks for renamed symbols and for the marks of the
/// deprecated block in comments too, and completes a line that ends with `=`; so the comment has two `#`, no
/// `CONFIG_`, no line end, and no `=` at its end.
fn push_comment(text: &mut String, line: &str) {
    let clean: String = line.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let mut clean = clean.replace("CONFIG_", "CONFIG-");
    // Of several blanks behind a `#`, one pass would leave the mark's own.
    while clean.contains("# ") {
        clean = clean.replace("# ", "#");
    }
    text.push_str("## ");
    text.push_str(clean.trim_end_matches(|c: char| c == '=' || c.is_whitespace()));
    text.push('\n');
}
