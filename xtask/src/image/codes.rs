//! Codes of images: what makes a file, a bootloader or an app unusable by itself.

crate::codes! {
    NOT_AN_IMAGE = "E0500", "not a firmware image",
        "The file starts neither with an image (0xE9), nor with a partition table (AA 50), nor is it a dump of a flash \
         with a table at 0x8000. An ELF or a UF2 is no flash image.";
    TRUNCATED = "E0501", "the file ends too early",
        "A header, a segment or a digest lies beyond the end of the file: it was cut, or its lengths are wrong.";
    BAD_HEADER = "E0502", "an image header that the bootloader refuses",
        "Magic byte, number of segments, chip, chip revisions or flash settings of the image header are not what any chip's \
         bootloader accepts (ESP-IDF `esp_image_format.c`).";
    BAD_CHECKSUM = "E0503", "wrong checksum",
        "The last byte before the digest is not 0xEF XOR every byte of all segments: the image was changed or damaged. \
         The bootloader refuses it.";
    BAD_DIGEST = "E0504", "wrong SHA-256",
        "The 32 bytes behind the image are not its SHA-256. The bootloader checks them for apps at each start.";
    BAD_SEGMENT = "E0505", "a segment that the bootloader refuses",
        "A segment's length is no multiple of 4 or beyond 16 MB, or a segment that the MMU maps does not lie in the flash \
         at the same place within a page as in memory, or an app's segment is loaded over the data of the bootloader that loads it.";
    NO_DESCRIPTOR = "E0506", "an app without a descriptor",
        "The first segment of an app starts with esp_app_desc_t, which has the ESP-IDF release and the ELF's digest.";
    REWRITTEN = "E0508", "a bootloader whose flash settings were changed after it was built",
        "Flash mode, size and frequency are in the header, and so under the SHA-256. Old releases of esptool (4.5) and of other \
         tools change them without the digest. A chip without secure boot starts all the same; with it, it does not.";
    BAD_OTADATA = "E0507", "otadata that is neither blank nor valid",
        "A record of otadata has a sequence number whose CRC is wrong, or a state that no ESP-IDF writes. The bootloader ignores \
         a record whose CRC is wrong, and starts over with the first slot when both are.";
}
