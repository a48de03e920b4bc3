//! Makes a table from a layout for one flash size: words looked up, shares computed, offsets found.
//!
//! Offsets follow gen_esp32part.py's rule for blank ones, so that the CSV with blank offsets would give the same table.

use super::{Layout, Row, SizeRule};
use crate::chip::{FlashSize, bytes, human_size};
use crate::diagnostic::{Diagnostic, Diagnostics, did_you_mean, plural, quoted_list};
use crate::partition::table::{Field, Partition, Table};
use crate::partition::words::{self, Words};
use crate::partition::{Options, codes, python, rules};

/// Steps of `equal`, in bytes: the MMU's page, so that no slot needs padding before it.
const EQUAL_STEP: u64 = 64 << 10;

/// The table of a layout on a flash of this size; it is there when all rows have words, sizes and places.
///
/// The rules of `rules::check_idf` are applied to it; those of `rules::check_own` are the caller's to ask for.
pub fn resolve(layout: &Layout, flash: FlashSize, options: &Options) -> (Option<Table>, Diagnostics) {
    let options = Options { flash_size: Some(flash), ..options.clone() };
    let mut found = Diagnostics::default();
    let words = Words::new(&options).0;
    let mut partitions: Vec<Partition> = Vec::new();
    for row in &layout.rows {
        partitions.extend(read_words(row, &words, &mut found));
    }
    check_shares(layout, &mut found);
    if found.has_errors() {
        return (None, found);
    }
    let plan = Plan { rows: &layout.rows, partitions: &partitions, flash, options: &options };
    let Some(spans) = plan.spans(&mut found) else {
        return (None, found);
    };
    for (partition, span) in partitions.iter_mut().zip(spans) {
        let (Ok(offset), Ok(size)) = (u32::try_from(span.0), u32::try_from(span.1)) else {
            return (None, found);
        };
        (partition.offset, partition.size) = (offset, size);
    }
    let table = Table { partitions, table_offset: options.table_offset };
    warn_small_shares(layout, &table, flash, &mut found);
    found.extend(rules::check_idf(&table, &options));
    (Some(table), found)
}

fn read_words(row: &Row, words: &Words, found: &mut Diagnostics) -> Option<Partition> {
    let kind = python::number(&row.kind.0, |word| words.kind(word)).and_then(|n| u8::try_from(n).ok());
    let Some(kind) = kind else {
        let message = format!("unknown type `{}`", row.kind.0);
        let mut diagnostic = Diagnostic::error(&codes::ROW_TYPE, message).at(&row.kind.1);
        diagnostic.help.extend(did_you_mean(&row.kind.0, words.type_words()));
        found.push(diagnostic);
        return None;
    };
    let subtype =
        python::number(&row.subtype.0, |word| words.subtype(kind, word)).and_then(|n| u8::try_from(n).ok());
    let Some(subtype) = subtype else {
        let message = format!("unknown subtype `{}` of type `{}`", row.subtype.0, row.kind.0);
        let mut diagnostic = Diagnostic::error(&codes::ROW_SUBTYPE, message).at(&row.subtype.1);
        diagnostic.help.extend(did_you_mean(&row.subtype.0, words.subtype_words(kind)));
        found.push(diagnostic);
        return None;
    };
    let flag = |name: &str| row.flags.iter().any(|flag| flag.0 == name);
    let offset = row.offset.as_ref().map(|offset| offset.1.clone());
    let flags = row.flags.first().map(|flag| flag.1.clone());
    let columns = [
        Some(row.place.clone()),
        Some(row.kind.1.clone()),
        Some(row.subtype.1.clone()),
        offset,
        Some(row.size.1.clone()),
        flags,
    ];
    Some(Partition {
        name: row.name.clone(),
        kind,
        subtype,
        encrypted: flag("encrypted"),
        readonly: flag("readonly"),
        place: Some(row.place.clone()),
        columns,
        ..Partition::default()
    })
}

/// At most one `rest`, and none beside `equal`: they would share what one of them takes.
fn check_shares(layout: &Layout, found: &mut Diagnostics) {
    let sharing: Vec<&Row> =
        layout.rows.iter().filter(|row| !matches!(row.size.0, SizeRule::Bytes(_))).collect();
    let Some(first) = sharing.first() else { return };
    for row in
        sharing.iter().skip(1).filter(|row| row.size.0 != SizeRule::Equal || first.size.0 != SizeRule::Equal)
    {
        let (name, other) = (&row.name, &first.name);
        let message =
            format!("`{name}` has the size {}, but `{other}` takes what is left already", row.size.1.text());
        found.push(
            Diagnostic::error(&codes::LAYOUT_SHARE, message)
                .at(&row.size.1)
                .label(&first.size.1, "this row takes what is left")
                .help("give one of them a size, such as `\"1M\"`"),
        );
    }
}

/// What is needed to find where the rows lie.
struct Plan<'a> {
    rows: &'a [Row],
    partitions: &'a [Partition],
    flash: FlashSize,
    options: &'a Options,
}

/// Why a share of a certain size cannot be.
struct Misfit {
    /// The row that collides or ends behind the flash.
    row: usize,
    /// Bytes too many.
    over: u64,
    /// The limit that it broke.
    limit: u64,
}

impl Plan<'_> {
    /// Offset and size of each row, with the largest share that fits; else the reason is told.
    fn spans(&self, found: &mut Diagnostics) -> Option<Vec<(u64, u64)>> {
        let step = self.step();
        let Some(step) = step else {
            return self.place(0).map_err(|misfit| found.push(self.misfit(&misfit, None))).ok();
        };
        if let Err(misfit) = self.place(step) {
            found.push(self.misfit(&misfit, Some(step)));
            return None;
        }
        // A share that fits leaves every smaller one fitting, so halving finds the largest.
        let (mut fits, mut too_large) = (1, u64::from(self.flash.bytes()) / step + 1);
        while too_large - fits > 1 {
            let middle = fits.midpoint(too_large);
            match self.place(middle * step) {
                Ok(_) => fits = middle,
                Err(_) => too_large = middle,
            }
        }
        self.place(fits * step).ok()
    }

    /// The step of the rows that share, if there are any.
    fn step(&self) -> Option<u64> {
        self.rows.iter().zip(self.partitions).find_map(|(row, partition)| match row.size.0 {
            SizeRule::Bytes(_) => None,
            SizeRule::Equal => Some(EQUAL_STEP),
            SizeRule::Rest => Some(rules::offset_alignment(partition.kind).into()),
        })
    }

    fn place(&self, share: u64) -> Result<Vec<(u64, u64)>, Misfit> {
        let mut spans = Vec::new();
        let mut last_end = self.options.first_offset();
        for (index, (row, partition)) in self.rows.iter().zip(self.partitions).enumerate() {
            let unit = u64::from(rules::offset_alignment(partition.kind));
            let offset = match &row.offset {
                Some((offset, _)) => u64::from(*offset),
                None => last_end.next_multiple_of(unit),
            };
            if offset < last_end {
                return Err(Misfit { row: index, over: last_end - offset, limit: offset });
            }
            let size = match row.size.0 {
                SizeRule::Bytes(size) => u64::from(size),
                SizeRule::Equal | SizeRule::Rest => share,
            };
            last_end = offset.saturating_add(size);
            spans.push((offset, size));
        }
        let flash = u64::from(self.flash.bytes());
        match last_end.checked_sub(flash) {
            Some(over) if over > 0 => {
                Err(Misfit { row: self.rows.len().saturating_sub(1), over, limit: flash })
            }
            _ => Ok(spans),
        }
    }

    fn misfit(&self, misfit: &Misfit, step: Option<u64>) -> Diagnostic {
        let flash = self.flash;
        let over = bytes(misfit.over);
        let Some(row) = self.rows.get(misfit.row) else {
            return Diagnostic::error(&codes::LAYOUT_ROOM, format!("{over} too many for {flash} of flash"));
        };
        let name = &row.name;
        let diagnostic = if misfit.limit < u64::from(flash.bytes()) && row.offset.is_some() {
            let place = row.offset.as_ref().map_or(&row.place, |offset| &offset.1);
            let message = format!("the rows above `{name}` end {over} behind its offset {:#x}", misfit.limit);
            Diagnostic::error(&codes::LAYOUT_ROOM, message).at(place)
        } else {
            let message =
                format!("the layout ends {over} behind the end {:#x} of {flash} of flash", misfit.limit);
            Diagnostic::error(&codes::LAYOUT_ROOM, message).at(&row.size.1)
        };
        let help = format!("make rows {over} smaller in all, or choose a larger flash");
        match step {
            None => diagnostic.help(help),
            Some(step) => {
                let sharing = self.rows.iter().filter(|row| !matches!(row.size.0, SizeRule::Bytes(_)));
                let names = quoted_list(sharing.map(|row| row.name.as_str()), "and");
                diagnostic
                    .because(format!("that is with {} for {names}, the least there is", bytes(step)))
                    .help(help)
            }
        }
    }
}

/// A share that no app fits is said with what it would take.
fn warn_small_shares(layout: &Layout, table: &Table, flash: FlashSize, found: &mut Diagnostics) {
    let typical = words::typical_app_bytes();
    let shares: Vec<(&Row, &Partition)> = layout
        .rows
        .iter()
        .zip(&table.partitions)
        .filter(|(row, app)| row.size.0 == SizeRule::Equal && app.is_app() && u64::from(app.size) < typical)
        .collect();
    let Some((row, app)) = shares.first() else { return };
    let share = u64::from(app.size);
    let (has, least, missing) = (human_size(share), human_size(typical), human_size(typical - share));
    let message = format!(
        "`equal` gives `{}` {has} on {flash} of flash, {missing} less than a typical app of {least}",
        row.name
    );
    let place = app.column(Field::Size).unwrap_or(&row.size.1);
    found.push(
        Diagnostic::warning(&codes::SMALL_SLOT, message)
            .at(place)
            .because(format!("{} share what the other rows leave", plural(shares.len(), "row")))
            .help("make the other rows smaller, choose a larger flash, or have one app slot alone"),
    );
}
