//! Codes of changes of images: E0540 to E0549.

crate::codes! {
    NOT_MERGED = "E0540", "the file is not an image with a partition table",
        "Parts are found by the partition table. An app or a bootloader alone has none: name the merged image \
         (`firmware.bin`, `.factory.bin`), or a dump of a whole flash.";
    SIGNED = "E0541", "a signed bootloader cannot be changed",
        "A signature follows the bootloader, and it is over the header that states the flash size. Build the bootloader for \
         the flash size and sign it again.";
    NO_SUCH_PART = "E0542", "a part that the image has not",
        "Parts are `bootloader`, `table`, `app` (the one that boots), and the partitions by their names.";
    PART_TOO_LARGE = "E0543", "a part does not fit its place",
        "The content is larger than the partition, or than the room up to the next part.";
    NOT_IN_FILE = "E0544", "the file ends before the part",
        "A MicroPython image ends with its app. What lies behind it is on the device alone: dump the flash to read it.";
    PARTS_OVERLAP = "E0545", "two parts overlap",
        "Each byte of the flash belongs to one part. Give another address, or another table.";
    NOT_A_SLOT = "E0546", "a partition that cannot be chosen to boot",
        "The bootloader starts the factory app while otadata is blank, and OTA slots by their number in otadata. The table \
         must have both, and the slots count from ota_0 without a gap.";
    PART_MISSING = "E0547", "an image cannot be made without this part",
        "A merged image has a bootloader, a partition table and an app.";
    OTHER_KIND = "E0548", "a file of another kind than the part takes",
        "The bootloader's place takes a bootloader, and a slot an app alone. A merged image written into it makes the bootloader overwrite itself when it loads the \
         first segments, and the device does not start. Take the app out of it with `image extract`.";
}

/// Whether a finding is a mistake on the command line, and not an image that is not what it must be.
pub fn is_usage(code: &crate::diagnostic::Code) -> bool {
    code.id == NO_SUCH_PART.id || code.id == PART_MISSING.id
}
