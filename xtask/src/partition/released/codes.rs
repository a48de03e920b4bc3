//! Codes of the comparison with the table that devices in the field have: E0450 to E0459.

crate::codes! {
    ROW_DIFFERS = "E0450", "the table is not the one that released devices have",
        "An update over the air replaces the app and nothing else: a device keeps the partition table that it was flashed \
         with. Firmware that was laid out for another table finds its filesystem, its settings or its next slot somewhere \
         else, or not at all. Keep every row of the table that `released` names as it is; a device that must have another \
         table has to be flashed by wire, and is then a board or variant with a `released` table of its own.";
    APP_TOO_LARGE = "E0451", "the app does not fit the slots of released devices",
        "The slots of a device in the field have the sizes of the table that `released` names, whatever the table of this \
         build says. A larger app cannot be stored there, so that no such device takes the update. Make the app smaller: \
         fewer frozen modules or C modules, -Os.";
    TABLE_MOVED = "E0452", "the partition table is not where released devices have it",
        "The offset of the table (PARTITION_TABLE_OFFSET) is compiled into the app and into the bootloader. An update does \
         not move the table of a device: an app that looks for it elsewhere finds no partition, and does not start.";
    HARMLESS = "E0453", "the table differs from that of released devices without harm",
        "The app and ESP-IDF find these rows in either table: names of apps and of what is found by its subtype, rows that \
         only released devices have. It is told so that it is known.";
    NO_UPDATES = "E0454", "released devices cannot be updated over the air",
        "The table that `released` names has not two OTA slots and otadata: a device with it takes no update, so that there \
         is nothing that this build could strand. Name the table that the devices really have, or drop the key.";
    NO_TABLE = "E0455", "the released table cannot be read",
        "`released` names a CSV, a binary partition table (`partition-table.bin`), or the merged image that the devices were \
         flashed with (`.factory.bin`).";
}
