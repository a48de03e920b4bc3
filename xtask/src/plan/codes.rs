//! Codes of planning: what can be wrong when config, port and trees are brought together.

crate::codes! {
    UNREADABLE = "E0250", "a file cannot be read",
        "A file that the config or the port names cannot be read, or is no UTF-8 text.";
    VALUE = "E0251", "a value that sdkconfig cannot hold",
        "The literal in an `sdkconfig` table cannot be written as an sdkconfig line: sdkconfig holds booleans, 64-bit \
         integers and strings of one line.";
    TABLE_NOT_FOUND = "E0252", "the inherited partition table is not there",
        "The base board's sdkconfig names a CSV by PARTITION_TABLE_CUSTOM_FILENAME, and no such file is in the port. \
         ESP-IDF would warn, and fail in the middle of the build. Declare a layout with `partitions`.";
    NO_FLASH_SIZE = "E0253", "a computed layout needs the flash size",
        "A layout in TOML is computed from the flash size, and neither the config nor the base board says it. Add \
         `flash-size`.";
    MODULE_TWICE = "E0254", "a C module is named twice",
        "CMake fails, or takes the last one in silence, when one module folder is included twice.";
    ROLLBACK_NOT_ASKED = "E0255", "rollback is required and not asked for",
        "ESP-IDF builds a bootloader without rollback unless BOOTLOADER_APP_ROLLBACK_ENABLE is set. A board that requires \
         `rollback` has to set it in its `sdkconfig` table or a fragment.";
    IMAGE_CANNOT_GIVE = "E0256", "an image cannot give what the board declares",
        "`build --from-image` takes the firmware from an image instead of a compile. It can give it another partition table and          flash size; C modules, frozen Python, names, pins and sdkconfig symbols are in the app or the bootloader since they were          compiled. Rollback is taken when the build.json beside the image proves it of its bootloader.";
    IMAGE_CHIP = "E0257", "the chip of an image and that of its board",
        "An image runs on the chip that it was built for. `base` says which one the board has: by its name where that is          ESP32_GENERIC with the chip behind it, else by the MicroPython tree.";
    IMAGE_RELEASE = "E0258", "the releases that an image is built from",
        "The config pins a MicroPython, and the banner in the image names another one, or there is none. Another ESP-IDF than the          pinned one is a warning: which one a published MicroPython is built with is MicroPython's choice.";
    IMAGE_VARIANT = "E0259", "a base variant does not show in an image",
        "MicroPython publishes an image for each variant of a board, such as SPIRAM_OCT, and none says which one it is.";
}
