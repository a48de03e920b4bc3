"""Prints one field of one partition, or nothing when there is no such partition (exit code 1)."""

import argparse
import sys

import gen_esp32part


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--quiet", "-q", action="store_true")
    parser.add_argument("--partition-table-offset", default="0x8000")
    parser.add_argument("--partition-table-file", required=True)
    command = parser.add_subparsers(dest="command", required=True).add_parser("get_partition_info")
    command.add_argument("--partition-type", required=True)
    command.add_argument("--partition-subtype", required=True)
    command.add_argument("--info", choices=["offset", "size"], required=True)
    args = parser.parse_args()
    gen_esp32part.quiet = True
    gen_esp32part.offset_part_table = int(args.partition_table_offset, 0)
    # Deliberately no handler here: a table that is missing or wrong ends in a traceback, as the real tool's does.
    with open(args.partition_table_file, "rb") as f:
        table = gen_esp32part.PartitionTable.from_file(f)[0]
    kind = gen_esp32part.TYPES[args.partition_type]
    subtype = gen_esp32part.SUBTYPES[kind][args.partition_subtype]
    for row in table:
        if (row.type, row.subtype) == (kind, subtype):
            print("%#x" % getattr(row, args.info))
            return
    sys.exit(1)


if __name__ == "__main__":
    main()
