"""Links the bootloader: a small ELF file whose first segment opens with the bootloader's description (ESP-IDF 5.2 on)."""

import argparse
import struct
import time
import os

import chips
import elf
import files


def description(idf_version, config):
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    when = time.gmtime(int(epoch)) if epoch else time.localtime()
    stamp = "" if config.get("APP_REPRODUCIBLE_BUILD") else time.strftime("%b %d %Y %H:%M:%S", when)
    return (struct.pack("<BBBBI", 0x50, 0, 0, 0, 1) + idf_version.encode()[:31].ljust(32, b"\0")
            + stamp.encode()[:23].ljust(24, b"\0") + b"\0" * 16)


def main():
    parser = argparse.ArgumentParser()
    for name in ("chip", "config", "idf-version", "release"):
        parser.add_argument("--" + name, required=True)
    parser.add_argument("elf")
    args = parser.parse_args()
    config, places = files.read_json(args.config), chips.CHIPS[args.chip]
    # The bootloader's own bytes follow its configuration, as compiled code would.
    wanted = ("BOOTLOADER_APP_ROLLBACK_ENABLE", "BOOTLOADER_LOG_LEVEL", "PARTITION_TABLE_OFFSET", "ESPTOOLPY_FLASHSIZE")
    seed = args.chip + " ".join("%s=%s" % (name, config.get(name)) for name in wanted)
    head = b""
    if [int(word) for word in args.release.split(".")] >= [5, 2]:
        head = description(args.idf_version, config)
    elf.write(args.elf, places["machine"], places["boot_iram"] + 0x20, [
        (".dram0.rodata", places["boot_dram"], head + elf.filler(seed + " data", 0xC00)),
        (".iram.text", places["boot_iram"], elf.filler(seed + " text", 0x3E00)),
    ])


if __name__ == "__main__":
    main()
