"""Merges bootloader, partition table and application into one file that starts at the bootloader's flash offset.

Arguments: sdkconfig, bootloader, table, application, output, and (with native USB) the UF2 to write.
"""

import os
import re
import sys

sys.path.append(os.path.join(os.environ["IDF_PATH"], "components/partition_table"))
sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../tools"))

import gen_esp32part
import stand_in_hang
import uf2conv


def symbol(text, name, default):
    match = re.search(r"^CONFIG_%s=(.*)$" % name, text, re.M)
    return match.group(1).strip().strip('"') if match else default


def faults():
    return os.environ.get("XTASK_STAND_IN_FAULT", "").split(",")


def main():
    sdkconfig, bootloader, table_path, application, output = sys.argv[1:6]
    if "makeimg-fails" in faults():
        sys.exit("makeimg.py: the stand-in was asked to fail here")
    stand_in_hang.if_asked("hang-makeimg", os.path.dirname(os.path.abspath(output)))
    with open(sdkconfig, encoding="utf-8") as f:
        text = f.read()
    boot_at = int(symbol(text, "BOOTLOADER_OFFSET_IN_FLASH", "0x1000"), 16)
    table_at = int(symbol(text, "PARTITION_TABLE_OFFSET", "0x8000"), 16)
    with open(table_path, "rb") as f:
        table = gen_esp32part.PartitionTable.from_binary(f.read())
    table_room = app_at = app_room = 0
    for row in table:
        if row.name == "nvs":
            table_room = row.offset - table_at
        elif row.type == gen_esp32part.APP_TYPE and app_at == 0:
            app_at, app_room = row.offset, row.size
    parts = [("bootloader", boot_at, table_at - boot_at, bootloader), ("partitions", table_at, table_room, table_path),
             ("application", app_at, app_room, application)]
    position = boot_at
    with open(output, "wb") as out:
        for name, offset, room, path in parts:
            # A table without an application, or with a bootloader that is too long, ends here, bare of any reason.
            assert offset >= position
            gap = bytearray(b"\xff" * (offset - position))
            if name == "application" and "foreign-bytes-in-gap" in faults():
                gap[-64:-48] = b"foreign bytes!!!"
            out.write(gap)
            with open(path, "rb") as f:
                data = f.read()
            out.write(data)
            position = offset + len(data)
            print("%-12s@0x%06x % 8d  (% 8d remaining)" % (name, offset, len(data), room - len(data)))
            if len(data) > room:
                print("ERROR: %s overflows allocated space of %d bytes by %d bytes" % (name, room, len(data) - room))
                sys.exit(1)
        print("%-22s% 8d" % ("total", position))
    family = uf2conv.FAMILIES.get(symbol(text, "IDF_TARGET", "").upper())
    if family:
        with open(application, "rb") as f, open(sys.argv[6], "wb") as out:
            out.write(uf2conv.convert(f.read(), family))


if __name__ == "__main__":
    main()
