//! Codes of changes that the command line asks of a table: E0460 to E0469.

crate::codes! {
    SPEC = "E0460", "a change of a table cannot be read",
        "Rows on the command line are `NAME=SIZE` or `NAME=SUBTYPE:SIZE`, joined by commas; `@OFFSET` may follow. A size is \
         bytes, `24K`, `2M`, or `rest`; apps may share with `equal`. The subtype may be left out where the name is one, and \
         for `vfs`, `otadata` and `phy_init`.";
    NO_SUCH_ROW = "E0461", "a change names a partition that the table has not",
        "Rows are named as the table of the image has them, after the changes that come before: a new table, then `--app-size`, \
         `--delete`, `--resize`, `--rename` and `--add`.";
    GAP = "E0462", "a changed table leaves space between its rows",
        "Flash between two partitions is of no use to MicroPython. Resize a row to take it, or say that it is meant with \
         `--allow-gaps`. What the image's own table leaves is not asked about.";
}

/// Whether a finding is a mistake on the command line, and not a table that breaks a rule.
pub fn is_usage(code: &crate::diagnostic::Code) -> bool {
    code.id == SPEC.id || code.id == NO_SUCH_ROW.id
}
