"""Compares the size of a binary with the room that the table or the bootloader's place gives it."""

import argparse
import os
import sys

import gen_esp32part


def check_bootloader(table_offset, bootloader_offset, path):
    size, room = os.path.getsize(path), table_offset - bootloader_offset
    if size > room:
        sys.exit("Error: Bootloader binary size %#x bytes is too large for partition table offset %#x. Bootloader binary "
                 "can be maximum %#x (%d) bytes unless the partition table offset is increased in the Partition Table "
                 "section of the project configuration menu." % (size, table_offset, room, room))
    print("Bootloader binary size %#x bytes. %#x bytes (%d%%) free." % (size, room - size, (room - size) * 100 // room))


def check_partitions(kind, table_path, path):
    with open(table_path, "rb") as f:
        table = gen_esp32part.PartitionTable.from_file(f)[0]
    rows = [row for row in table if row.type == gen_esp32part.TYPES[kind]]
    if not rows:
        print("WARNING: Partition table does not contain any partitions matching %s" % kind)
        return
    name, size = os.path.basename(path), os.path.getsize(path)
    smallest = min(row.size for row in rows)
    if smallest >= size:
        share = (smallest - size) / smallest
        print("%s binary size %#x bytes. Smallest %s partition is %#x bytes. %#x bytes (%.0f%%) free."
              % (name, size, kind, smallest, smallest - size, share * 100))
        if share < 0.05:
            print("Warning: The smallest %s partition is nearly full (%.0f%% free space left)!" % (kind, share * 100))
        return
    small = [row for row in rows if row.size < size]
    if len(rows) == 1:
        which = "%s partition is" % kind
    elif len(small) == len(rows):
        which = "All %s partitions are" % kind
    else:
        which = "%d/%d %s partitions are" % (len(small), len(rows), kind)
    text = "%s too small for binary %s size %#x:" % (which, name, size)
    for row in small:
        text += "\n  - %s (overflow %#x)" % (row, size - row.size)
    if len(small) == len(rows):
        sys.exit("Error: " + text)
    print("Warning: " + text)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--offset", "-o", default="0x8000")
    kinds = parser.add_subparsers(dest="kind", required=True)
    bootloader = kinds.add_parser("bootloader")
    bootloader.add_argument("bootloader_offset")
    bootloader.add_argument("binary")
    partition = kinds.add_parser("partition")
    partition.add_argument("--type", required=True)
    partition.add_argument("table")
    partition.add_argument("binary")
    args = parser.parse_args()
    gen_esp32part.quiet = True
    gen_esp32part.offset_part_table = int(args.offset, 0)
    if args.kind == "bootloader":
        check_bootloader(int(args.offset, 0), int(args.bootloader_offset, 0), args.binary)
    else:
        check_partitions(args.type, args.table, args.binary)


if __name__ == "__main__":
    main()
