//! The flash as a picture in SVG: a bar to scale, and a legend with every part's place and size.
//!
//! It is one text without scripts, fonts or links, so that a page or a document can show it as it is.

use crate::chip::human_size;
use crate::image::merged::TABLE_BYTES;
use crate::inspect::ImageReport;
use std::fmt::Write;

/// Units of the picture: its width, the bar's place within, the height of a line of the legend.
const WIDTH: u64 = 1000;
const MARGIN: u64 = 20;
const BAR: u64 = WIDTH - 2 * MARGIN;
const BAR_TOP: u64 = 44;
const BAR_HEIGHT: u64 = 48;
const LINE: u64 = 22;

/// A part of the flash.
struct Part {
    name: String,
    what: String,
    offset: u64,
    size: u64,
    /// Bytes that the app in it has.
    filled: u64,
    color: &'static str,
}

/// The picture; empty where there is no table.
pub fn svg(image: &ImageReport) -> String {
    if image.partitions.is_empty() {
        return String::new();
    }
    let parts = parts(image);
    let end = parts.iter().map(|part| part.offset + part.size).max().unwrap_or(0);
    let flash = image.flash_size.map_or(end, |size| u64::from(size).max(end)).max(1);
    let height = BAR_TOP + BAR_HEIGHT + 34 + LINE * (parts.len() as u64 + 1);
    let title =
        format!("{}, {} of flash", image.chip.as_deref().unwrap_or("unknown chip"), human_size(flash));
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" font-family=\"sans-serif\" \
         font-size=\"14\">\n<title>{0}</title>\n<rect width=\"{WIDTH}\" height=\"{height}\" fill=\"#fff\"/>\n\
         <text x=\"{MARGIN}\" y=\"28\" font-size=\"18\">{0}</text>\n",
        escaped(&title)
    );
    text += &rect(MARGIN, BAR, "#eee", "not in the table");
    for part in &parts {
        text += &drawn(part, flash);
    }
    text += &legend(&parts);
    text += "</svg>\n";
    text
}

fn parts(image: &ImageReport) -> Vec<Part> {
    let mut parts = Vec::new();
    if let Some(boot) = &image.bootloader {
        let (offset, size) = (u64::from(boot.offset), u64::from(boot.size));
        parts.push(Part {
            name: "bootloader".into(),
            what: String::new(),
            offset,
            size,
            filled: 0,
            color: "#7a7a7a",
        });
    }
    if let Some(offset) = image.table_offset {
        let (offset, size) = (u64::from(offset), TABLE_BYTES as u64);
        let name = "partition table".into();
        parts.push(Part { name, what: String::new(), offset, size, filled: 0, color: "#444" });
    }
    let app = image.app.as_ref();
    let boots = image.ota.as_ref().and_then(|ota| ota.boots.as_deref());
    for row in &image.partitions {
        let own = app.filter(|app| app.partition.as_deref() == Some(row.name.as_str()));
        let held =
            image.contents.iter().find(|content| content.partition.as_deref() == Some(row.name.as_str()));
        let mut what = format!("{} {}", row.kind, row.subtype);
        if let Some(content) = held {
            what += &format!(", {}", content.held.kind.words());
        }
        if boots == Some(row.name.as_str()) {
            what += ", boots";
        }
        if let Some(app) = own {
            what += &format!(", app of {}", human_size(app.size.into()));
        }
        let color = match (row.kind.as_str(), row.subtype.as_str()) {
            ("app", _) => "#8fbce6",
            (_, "ota") => "#e8a05c",
            (_, "nvs" | "nvs_keys" | "phy") => "#e3cf6b",
            _ => "#9fd39a",
        };
        parts.push(Part {
            name: row.name.clone(),
            what,
            offset: row.offset.into(),
            size: row.size.into(),
            filled: own.map_or(0, |app| app.size.into()),
            color,
        });
    }
    parts.sort_by_key(|part| part.offset);
    parts
}

/// A part of the bar, at least one unit wide: a sector of a large flash would not be seen.
fn drawn(part: &Part, flash: u64) -> String {
    let at = |address: u64| MARGIN + address.min(flash) * BAR / flash;
    let width = |size: u64| (at(part.offset + size) - at(part.offset)).max(1);
    let mut text = rect(at(part.offset), width(part.size), part.color, &described(part));
    if part.filled > 0 {
        text += &rect(at(part.offset), width(part.filled.min(part.size)), "#3d7ebd", &described(part));
    }
    let room = 9 * part.name.chars().count() as u64;
    if room < width(part.size) {
        let (x, y) = (at(part.offset) + 5, BAR_TOP + BAR_HEIGHT + 18);
        let _ = writeln!(text, "<text x=\"{x}\" y=\"{y}\">{}</text>", escaped(&part.name));
    }
    text
}

fn legend(parts: &[Part]) -> String {
    let mut text = String::new();
    let columns = [MARGIN + 24, 260, 370, 480, 600];
    let mut line = |y: u64, cells: [&str; 5]| {
        for (x, cell) in columns.iter().zip(cells) {
            let _ = writeln!(text, "<text x=\"{x}\" y=\"{y}\">{}</text>", escaped(cell));
        }
    };
    let top = BAR_TOP + BAR_HEIGHT + 34 + LINE / 2;
    line(top, ["part", "start", "end", "size", ""]);
    let mut marks = String::new();
    for (part, y) in parts.iter().zip((1..).map(|index| top + LINE * index)) {
        let (start, end) = (format!("{:#x}", part.offset), format!("{:#x}", part.offset + part.size));
        line(y, [&part.name, &start, &end, &human_size(part.size), &part.what]);
        let (x, y, color) = (MARGIN, y - 11, part.color);
        let _ = writeln!(marks, "<rect x=\"{x}\" y=\"{y}\" width=\"14\" height=\"14\" fill=\"{color}\"/>");
    }
    text + &marks
}

fn described(part: &Part) -> String {
    let end = part.offset + part.size;
    format!("{} {:#x} to {end:#x}, {}", part.name, part.offset, human_size(part.size))
}

/// A piece of the bar, with the text that a browser shows under the pointer.
fn rect(x: u64, width: u64, color: &str, title: &str) -> String {
    format!(
        "<rect x=\"{x}\" y=\"{BAR_TOP}\" width=\"{width}\" height=\"{BAR_HEIGHT}\" fill=\"{color}\" stroke=\"#fff\" \
         stroke-width=\"0.5\"><title>{}</title></rect>\n",
        escaped(title)
    )
}

/// A text within SVG. What XML cannot hold, as a label of a damaged table may, is replaced.
fn escaped(text: &str) -> String {
    let one = |c: char| match c {
        '&' => "&amp;".to_owned(),
        '<' => "&lt;".to_owned(),
        '>' => "&gt;".to_owned(),
        '"' => "&quot;".to_owned(),
        c if c.is_control() || matches!(c, '\u{FFFE}' | '\u{FFFF}') => '\u{FFFD}'.to_string(),
        c => c.to_string(),
    };
    text.chars().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::partition::Row;

    fn row(name: &str, offset: u32, size: u32) -> Row {
        Row { name: name.into(), kind: "app".into(), subtype: "ota_0".into(), offset, size, flags: vec![] }
    }

    #[test]
    fn parts_are_to_scale_and_names_are_escaped() {
        let partitions = vec![row("<a>\u{1}", 1 << 20, 1 << 20), row("tiny", 2 << 20, 0x1000)];
        let image = ImageReport { partitions, flash_size: Some(4 << 20), ..ImageReport::default() };
        let drawn = svg(&image);
        assert!(drawn.contains("<rect x=\"260\" y=\"44\" width=\"240\""), "{drawn}");
        assert!(drawn.contains("<rect x=\"500\" y=\"44\" width=\"1\""), "{drawn}");
        assert!(drawn.contains("&lt;a&gt;\u{FFFD}") && !drawn.contains("<a>"), "{drawn}");
        assert_eq!(svg(&ImageReport::default()), "");
    }
}
