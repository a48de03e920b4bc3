"""Writes pins.c and genhdr/pins.h from a board's pins.csv; no file, no board pins, and no word about it."""

import argparse
import csv
import os


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--board-csv")
    parser.add_argument("--output-source", required=True)
    parser.add_argument("--output-header", required=True)
    args = parser.parse_args()
    rows = []
    if args.board_csv:
        with open(args.board_csv, encoding="utf-8") as f:
            rows = [row for row in csv.reader(f) if len(row) == 2 and not row[0].startswith("#")]
    os.makedirs(os.path.dirname(args.output_header), exist_ok=True)
    with open(args.output_source, "w", encoding="utf-8") as f:
        f.write('#include "py/mpconfig.h"\nconst char board_pins[] = {\n%s    "\\0"\n};\n' % "".join(
            '    "%s=%s\\0"\n' % (name.strip(), pin.strip()) for name, pin in rows))
    with open(args.output_header, "w", encoding="utf-8") as f:
        f.write("// %d board pins\n" % len(rows))


if __name__ == "__main__":
    main()
