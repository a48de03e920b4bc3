//! Codes of the build: what ESP-IDF's outputs show, beside the image itself.

crate::codes! {
    MODULE_NOT_LINKED = "E0620", "a C module is not in the firmware",
        "No object of the module's folder takes any room in the link map. Its `micropython.cmake` has to add its sources \
         to an INTERFACE library and link `usermod` to it, and the module has to be registered with \
         MP_REGISTER_MODULE, or the linker drops it.";
    PART_DIFFERS = "E0621", "a part of the image is not the file that the build made",
        "The merged image's bytes at a part's offset differ from the file that ESP-IDF built for it: the image is of \
         another build, or was changed after it.";
    ROLLBACK_NOT_EFFECTIVE = "E0622", "rollback is required and not configured",
        "`require` asks for `rollback`, and the effective sdkconfig does not have BOOTLOADER_APP_ROLLBACK_ENABLE. Add \
         `BOOTLOADER_APP_ROLLBACK_ENABLE = true` to the board's or variant's `sdkconfig` table.";
    OUTPUT_MISSING = "E0623", "the build left no such file",
        "ESP-IDF's build reported success, and a file that it always writes is not there.";
}
