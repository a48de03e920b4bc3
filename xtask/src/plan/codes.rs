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
}
