//! Kconfig expressions: `A && !B`, `FOO = "text"`, `N < 4`.
//!
//! An operand is kept as its place in the file: what it names is known only in a tree. Nothing is evaluated here.

use super::lex::{Cursor, Span};

/// Parentheses deeper than this are refused: ESP-IDF's own files nest four deep.
const DEEPEST: usize = 64;

/// An expression; its depth is bounded, so that it may be walked by recursion.
#[derive(Debug, Clone)]
pub enum Expr {
    Operand(Operand),
    Not(Box<Expr>),
    And(Vec<Expr>),
    Or(Vec<Expr>),
    Compare(Relation, Operand, Operand),
}

/// A symbol, a number or a text.
#[derive(Debug, Clone, Copy)]
pub struct Operand {
    /// Without the quotes.
    pub span: Span,
    /// A quoted operand is a text, never a symbol; `"y"` and `"n"` are y and n nevertheless.
    pub quoted: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Relation {
    Equal,
    Unequal,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
}

impl Relation {
    pub fn holds(self, order: std::cmp::Ordering) -> bool {
        match self {
            Self::Equal => order.is_eq(),
            Self::Unequal => order.is_ne(),
            Self::Less => order.is_lt(),
            Self::LessEqual => order.is_le(),
            Self::Greater => order.is_gt(),
            Self::GreaterEqual => order.is_ge(),
        }
    }

    pub fn sign(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::Unequal => "!=",
            Self::Less => "<",
            Self::LessEqual => "<=",
            Self::Greater => ">",
            Self::GreaterEqual => ">=",
        }
    }
}

impl Expr {
    /// Reads an expression from where the cursor stands, to where it cannot go on.
    ///
    /// # Errors
    /// What was expected, and the cursor stands where.
    pub fn parse(cursor: &mut Cursor<'_>) -> Result<Self, &'static str> {
        or(cursor, 0)
    }
}

fn or(cursor: &mut Cursor<'_>, depth: usize) -> Result<Expr, &'static str> {
    let mut parts = vec![and(cursor, depth)?];
    while cursor.sign("||") {
        parts.push(and(cursor, depth)?);
    }
    Ok(one_or(parts, Expr::Or))
}

fn and(cursor: &mut Cursor<'_>, depth: usize) -> Result<Expr, &'static str> {
    let mut parts = vec![factor(cursor, depth)?];
    while cursor.sign("&&") {
        parts.push(factor(cursor, depth)?);
    }
    Ok(one_or(parts, Expr::And))
}

fn one_or(mut parts: Vec<Expr>, many: fn(Vec<Expr>) -> Expr) -> Expr {
    match parts.pop() {
        Some(only) if parts.is_empty() => only,
        Some(last) => {
            parts.push(last);
            many(parts)
        }
        None => many(parts),
    }
}

fn factor(cursor: &mut Cursor<'_>, depth: usize) -> Result<Expr, &'static str> {
    if depth > DEEPEST {
        return Err("fewer parentheses within one another");
    }
    let mut negated = false;
    while cursor.negation() {
        negated = !negated;
    }
    let factor = if cursor.sign("(") {
        let inner = or(cursor, depth + 1)?;
        if !cursor.sign(")") {
            return Err("a closing `)`");
        }
        inner
    } else {
        let left = operand(cursor)?;
        match relation(cursor) {
            Some(relation) => Expr::Compare(relation, left, operand(cursor)?),
            None => Expr::Operand(left),
        }
    };
    Ok(if negated { Expr::Not(Box::new(factor)) } else { factor })
}

/// A symbol, number or quoted text.
///
/// # Errors
/// When none stands there.
pub fn operand(cursor: &mut Cursor<'_>) -> Result<Operand, &'static str> {
    if let Some(span) = cursor.quoted()? {
        return Ok(Operand { span, quoted: true });
    }
    cursor.word().map(|span| Operand { span, quoted: false }).ok_or("a symbol, a number or a quoted text")
}

fn relation(cursor: &mut Cursor<'_>) -> Option<Relation> {
    // The longer signs first.
    let signs = [
        Relation::Unequal,
        Relation::LessEqual,
        Relation::GreaterEqual,
        Relation::Equal,
        Relation::Less,
        Relation::Greater,
    ];
    signs.into_iter().find(|relation| cursor.sign(relation.sign()))
}
