//! One Kconfig file as its statements, in order.
//!
//! A file is read once, whatever chips and releases a tree is made for: no variable is expanded and no other file is
//! read here. `read` makes it.

use super::expr::{Expr, Operand};
use super::lex::Span;
use crate::diagnostic::Diagnostics;
use crate::source::{Place, Source};

/// A file that was read.
#[derive(Debug, Clone)]
pub struct File {
    pub source: Source,
    pub statements: Vec<Statement>,
    pub findings: Diagnostics,
}

/// A statement; the blocks are balanced.
#[derive(Debug, Clone)]
pub struct Statement {
    pub kind: Kind,
    /// The whole line that begins it.
    pub line: Span,
    /// The lines after it that say more of it.
    pub properties: Vec<Property>,
}

#[derive(Debug, Clone)]
pub enum Kind {
    /// `config` or `menuconfig`.
    Config {
        name: Span,
    },
    Choice {
        name: Option<Span>,
    },
    EndChoice,
    Menu,
    EndMenu,
    If(Expr),
    EndIf,
    /// `comment` and `mainmenu`: for people.
    Comment,
    /// The four `source` statements.
    Source {
        path: Span,
        relative: bool,
        optional: bool,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Type {
    Bool,
    Int,
    Hex,
    String,
    Float,
}

impl Type {
    pub fn name(self) -> &'static str {
        match self {
            Self::Bool => "bool",
            Self::Int => "int",
            Self::Hex => "hex",
            Self::String => "string",
            Self::Float => "float",
        }
    }
}

/// What a line says of the statement before it. A condition is that of its `if`.
#[derive(Debug, Clone)]
pub enum Property {
    Type(Type),
    Prompt {
        text: Span,
        condition: Option<Expr>,
    },
    Default {
        value: Expr,
        condition: Option<Expr>,
    },
    Depends(Expr),
    Visible(Expr),
    Range {
        low: Operand,
        high: Operand,
        condition: Option<Expr>,
    },
    Select {
        target: Span,
        condition: Option<Expr>,
    },
    Imply {
        target: Span,
        condition: Option<Expr>,
    },
    /// `set X = value` and `set default X = value` (esp-idf-kconfig 3).
    Set {
        target: Span,
        value: Operand,
        weak: bool,
        condition: Option<Expr>,
    },
    /// `option env="NAME"`.
    Env(Span),
    Optional,
    Help(Span),
}

impl File {
    pub fn text(&self, span: Span) -> &str {
        span.of(self.source.text())
    }

    pub fn place(&self, span: Span) -> Place {
        self.source.place(span.start as usize..span.end as usize)
    }

    /// A help text without its indentation.
    pub fn help(&self, span: Span) -> String {
        let lines: Vec<&str> = self.text(span).lines().map(str::trim_end).collect();
        let indent = |line: &&&str| line.len() - line.trim_start().len();
        let least = lines.iter().filter(|line| !line.is_empty()).map(|line| indent(&line)).min().unwrap_or(0);
        let plain: Vec<&str> = lines.iter().map(|line| line.get(least..).unwrap_or_default()).collect();
        plain.join("\n").trim_end().to_owned()
    }
}
