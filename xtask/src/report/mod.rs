//! Tells: results as text and JSON, progress, findings. It decides nothing and reads nothing.

pub mod compare;
pub mod image;
pub mod json;
pub mod plan;
pub mod screen;
pub mod sdkconfig;
pub mod svg;

/// A table with a head, columns as wide as their widest cell, two spaces apart.
pub fn columns<'a>(head: &[&str], rows: impl Iterator<Item = &'a [String]>) -> String {
    let rows: Vec<Vec<&str>> = std::iter::once(head.to_vec())
        .chain(rows.map(|row| row.iter().map(String::as_str).collect()))
        .collect();
    let width = |column: usize| {
        rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..head.len()).map(width).collect();
    let line = |row: &Vec<&str>| {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned() + "\n"
    };
    rows.iter().map(line).collect()
}

/// Breaks a text into lines of at most `width` characters.
pub fn wrap(text: &str, width: usize) -> String {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let Some(line) = lines.last_mut() else { break };
        if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > width {
            lines.push(word.to_owned());
        } else {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_fit_their_widest_cell() {
        let rows = [vec!["a".to_owned(), "b".to_owned()], vec!["long".to_owned(), String::new()]];
        assert_eq!(columns(&["X", "Y"], rows.iter().map(Vec::as_slice)), "X     Y\na     b\nlong\n");
    }

    #[test]
    fn lines_break_between_words() {
        assert_eq!(wrap("one two  three", 7), "one two\nthree");
    }
}
