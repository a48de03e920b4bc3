//! Codes of verification: an image against its declaration, and against what a device needs.

crate::codes! {
    APP_DOES_NOT_FIT = "E0412", "app does not fit a slot",
        "The app is larger than the partition, or leaves less room than `min-free` asks. ESP-IDF only warns when it fits \
         one of several slots; the update into the other one then fails on the device. Make the slots larger (another \
         layout, or more flash), or the app smaller.";
    TABLE_DIFFERS = "E0520", "the image's partition table is not the declared one",
        "The table in the image's bytes differs from the layout that the config declares. The build used another table: \
         a fragment that was not read, a contradiction, a kept build folder. The image must not be shipped.";
    NO_TABLE = "E0521", "no partition table where it must be",
        "There is no valid partition table at the table's offset, so that the bootloader finds no app.";
    WRONG_CHIP = "E0522", "image for another chip",
        "The chip in the image header is not the declared one, or bootloader and app are for different chips.";
    FLASH_SIZE = "E0523", "flash size in the header",
        "The bootloader takes the flash size from its image header and refuses a table that goes beyond it. The header \
         must state the declared size, and hold the whole table.";
    NO_APP = "E0524", "no app where the bootloader starts one",
        "With blank otadata the bootloader starts the factory app, or ota_0 where there is none. There is no valid app in \
         that partition: the device would not start.";
    TRAILING = "E0525", "bytes behind the app, or between the parts, that nobody declared",
        "A merged image has the bootloader, the table and the app, and 0xFF between them. Something else was written into \
         a gap, or behind the app.";
    BOOTLOADER_TOO_LARGE = "E0526", "the bootloader reaches into the partition table",
        "The bootloader has the room from its own offset to the table's. Set a higher PARTITION_TABLE_OFFSET, or a smaller \
         bootloader log level.";
    FOREIGN_IMAGE = "E0527", "a second image outside the table",
        "An image starts at an offset where the table has no app: the table in the image is not the one that the app was \
         placed by (the app was written for another layout).";
    IDF_VERSION = "E0528", "built with another ESP-IDF",
        "The app's descriptor names another ESP-IDF than the one of this build.";
    OTA_REQUIRED = "E0529", "OTA is required, and the image has none",
        "`require = [\"ota\"]` asks for at least two equal slots from ota_0 on without a gap, and an otadata partition of \
         0x2000 bytes. The bytes of this image do not have them.";
    ROLLBACK_REQUIRED = "E0530", "rollback is required, and not proven",
        "Whether a bootloader rolls back is not visible in its bytes. It is proven by the bootloader's own sdkconfig, tied \
         to the image by the bootloader's SHA-256: the build.json beside the image, or `--evidence BUILD_DIR`.";
    FROZEN_MISSING = "E0531", "a frozen module is not in the image",
        "The manifest freezes a module that the app's bytes do not have. Without `_boot.py` there is no filesystem.";
    OTADATA = "E0532", "otadata of the image is neither blank nor valid",
        "The otadata partition in the image has bytes that are no valid record. A new image ships it blank.";
    CONTENT = "E0534", "a data partition of the image has content",
        "The image carries settings or files, as one that was merged with them or taken from a device does. They go to every \
         device that it is written to. An image of a declared board has none.";
    ONLY_APP = "E0533", "the file is an app alone",
        "What was asked for needs the bootloader and the partition table, which this file does not have.";
    UPDATE_NO_SLOTS = "E0550", "a device that has no slot for an update",
        "An update over the air is written to a slot that does not run, and chosen by otadata. The table of the device has not \
         both: it was flashed without OTA. Flash it by wire, with a table that has.";
    UPDATE_TABLE = "E0551", "an update does not carry the partition table",
        "Over the air the app is replaced, and nothing else: the device keeps its table. An app that was built for another one \
         finds its filesystem, or its next slot, somewhere else. Partitions of a device in the field cannot be moved.";
    UPDATE_CHIP = "E0552", "an update for another chip",
        "The app's header names another chip than that of the device. The device refuses it.";
    UPDATE_REVISION = "E0553", "an update that some chip revisions refuse",
        "The app's header states the least and the greatest chip revision. The image that runs now allows revisions that the \
         new one does not: such devices refuse the update, or roll it back.";
    UPDATE_SECURE_VERSION = "E0554", "an update with a lower secure version",
        "A bootloader with anti-rollback keeps the greatest secure version that ran in its eFuses, and refuses apps below it.";
    UPDATE_PAGE = "E0555", "an update with another MMU page size",
        "The bootloader maps the flash by pages of the size that it was built for, and refuses an app with another one. It is \
         not replaced by an update.";
    UPDATE_UNKNOWN = "E0556", "whether an update is possible is not known",
        "The partition table of the device decides, and an app alone does not have it. Name the merged image that the device \
         was flashed with, or a dump of its flash.";
}
