#!/usr/bin/env python3
"""Partition tables, CSV to binary and back, by the rules of the ESP-IDF release that this tree stands in for.

Written from the description of the format; secure boot's alignment options are left out. MicroPython's makeimg.py
imports `PartitionTable` and `APP_TYPE` from here.
"""

import argparse
import hashlib
import os
import re
import struct
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
SECTOR, APP_ALIGN, TABLE_MAX = 0x1000, 0x10000, 0xC00
MAGIC, MD5_BEGIN = b"\xaa\x50", b"\xeb\xeb" + b"\xff" * 14
APP_TYPE, DATA_TYPE, BOOTLOADER_TYPE, TABLE_TYPE = 0, 1, 2, 3
FLAGS = {"encrypted": 1, "readonly": 2}

quiet = False
md5sum = True
offset_part_table = 0x8000
primary_bootloader_offset = None


def release():
    with open(os.path.join(HERE, "../../tools/cmake/version.cmake")) as f:
        return tuple(int(number) for number in re.findall(r"IDF_VERSION_\w+ (\d+)\)", f.read())[:3])


RELEASE = release()
TYPES = {"app": APP_TYPE, "data": DATA_TYPE}
SUBTYPES = {
    APP_TYPE: dict({"factory": 0x00, "test": 0x20}, **{"ota_%d" % n: 0x10 + n for n in range(16)}),
    DATA_TYPE: {"ota": 0, "phy": 1, "nvs": 2, "coredump": 3, "nvs_keys": 4, "efuse": 5, "undefined": 6,
                "esphttpd": 0x80, "fat": 0x81, "spiffs": 0x82},
}
if RELEASE >= (5, 1, 4):
    SUBTYPES[DATA_TYPE]["littlefs"] = 0x83
if RELEASE >= (5, 4):
    TYPES.update(bootloader=BOOTLOADER_TYPE, partition_table=TABLE_TYPE)
    SUBTYPES.update({BOOTLOADER_TYPE: {"ota": 1}, TABLE_TYPE: {"ota": 1}})
if RELEASE >= (5, 5):
    SUBTYPES[APP_TYPE].update(tee_0=0x30, tee_1=0x31)
    SUBTYPES[DATA_TYPE]["tee_ota"] = 0x90
    SUBTYPES[BOOTLOADER_TYPE].update(primary=0, recovery=2)
    SUBTYPES[TABLE_TYPE]["primary"] = 0


class InputError(RuntimeError):
    """Something in the table is wrong; the program ends with exit code 2."""


class ValidationError(InputError):
    def __init__(self, row, text):
        super().__init__("Partition %s invalid: %s" % (row.name, text))


def warn(text):
    sys.stderr.write(text + "\n")


def number(text, keywords):
    """An integer in Python's notation, `k`/`m` multiply (and may repeat), or one of the keywords, any case."""
    try:
        for letter, factor in (("k", 1024), ("m", 1024 * 1024)):
            if text.lower().endswith(letter):
                return number(text[:-1], keywords) * factor
        return int(text, 0)
    except ValueError:
        if not keywords:
            raise InputError("Invalid field value %s" % text) from None
        if text.lower() in keywords:
            return keywords[text.lower()]
        raise InputError("Value '%s' is not valid. Known keywords: %s" % (text, ", ".join(keywords))) from None


class PartitionDefinition:
    def __init__(self, name="", kind=None, subtype=None, offset=None, size=None, flags=0, line=None):
        self.name, self.type, self.subtype, self.offset, self.size = name, kind, subtype, offset, size
        self.flags, self.line = flags, line

    @classmethod
    def from_csv(cls, text, line):
        fields = [field.strip() for field in (text + ",,,,").split(",")]
        row = cls(name=fields[0], line=line)
        if not fields[1]:
            raise InputError("Field 'type' can't be left empty.")
        row.type = number(fields[1], TYPES)
        if fields[2]:
            row.subtype = number(fields[2], SUBTYPES.get(row.type, {}))
        elif row.type == APP_TYPE:
            raise InputError("App partition cannot have an empty subtype")
        else:
            row.subtype = SUBTYPES[DATA_TYPE]["undefined"]
        row.offset = number(fields[3], {}) if fields[3] else None
        row.place_primary()
        if row.size is None:
            if not fields[4]:
                raise InputError("Size field can't be empty")
            row.size = number(fields[4], {})
        known = dict(FLAGS) if RELEASE >= (5, 2) else {"encrypted": 1}
        for flag in filter(None, fields[5].split(":")):
            if flag not in known:
                raise InputError("CSV flag column contains unknown flag '%s'" % flag)
            row.flags |= known[flag]
        return row

    def place_primary(self):
        """The rows of the primary bootloader and table take their places and sizes from the build."""
        if self.type == BOOTLOADER_TYPE and self.type in SUBTYPES:
            if primary_bootloader_offset is None:
                raise InputError("Primary bootloader offset is not defined. Please use --primary-bootloader-offset")
            self.size = offset_part_table - primary_bootloader_offset
            if self.subtype == SUBTYPES[self.type].get("primary"):
                self.offset = primary_bootloader_offset
        elif self.type == TABLE_TYPE and self.type in SUBTYPES:
            self.size = SECTOR
            if self.subtype == SUBTYPES[self.type].get("primary"):
                self.offset = offset_part_table

    def is_primary(self):
        return (self.type in (BOOTLOADER_TYPE, TABLE_TYPE)
                and self.subtype == SUBTYPES.get(self.type, {}).get("primary", -1))

    def verify(self):
        align = APP_ALIGN if self.type == APP_TYPE else SECTOR
        if self.offset % align:
            raise ValidationError(self, "Offset %#x is not aligned to %#x" % (self.offset, align))
        if self.type == APP_TYPE and RELEASE >= (5, 3) and self.size % SECTOR:
            raise ValidationError(self, "Size %#x is not aligned to %#x" % (self.size, SECTOR))
        if self.name in TYPES and TYPES[self.name] != self.type:
            warn("WARNING: Partition has name '%s' which is a partition type, but does not match this partition's type "
                 "(%#x). Mistake in partition table?" % (self.name, self.type))
        for kind, subtypes in SUBTYPES.items():
            if self.name in subtypes and (kind, subtypes[self.name]) != (self.type, self.subtype):
                warn("WARNING: Partition has name '%s' which is a partition subtype, but this partition has non-matching "
                     "type %#x and subtype %#x. Mistake in partition table?" % (self.name, self.type, self.subtype))
        readonly = self.flags & FLAGS["readonly"]
        data = SUBTYPES[DATA_TYPE]
        if self.type == DATA_TYPE and self.subtype in (data["ota"], data["coredump"]) and readonly:
            raise ValidationError(self, "'readonly' flag is not allowed for this subtype")
        small = self.type == DATA_TYPE and self.subtype == data["nvs"] and self.size < 0x3000
        if RELEASE >= (5, 5) and small and not readonly:
            raise ValidationError(self, "'readonly' flag is required for an NVS partition smaller than 0x3000")

    def to_binary(self):
        return struct.pack("<2sBBLL16sL", MAGIC, self.type, self.subtype, self.offset, self.size,
                           self.name.encode(), self.flags)

    @classmethod
    def from_binary(cls, data):
        magic, kind, subtype, offset, size, name, flags = struct.unpack("<2sBBLL16sL", data)
        if magic != MAGIC:
            raise InputError("Invalid magic bytes (%r) for partition definition" % magic)
        if flags & ~3:
            warn("WARNING: Partition definition had unknown flag(s) 0x%08x. Newer binary format?" % flags)
        return cls(name.split(b"\0")[0].decode(), kind, subtype, offset, size, flags)

    def to_csv(self):
        def word(value, words):
            return next((name for name, known in words.items() if known == value), str(value))

        def size(value):
            for factor, letter in ((0x100000, "M"), (0x400, "K")):
                if value % factor == 0:
                    return "%d%s" % (value // factor, letter)
            return "%#x" % value

        flags = ":".join(name for name, bit in FLAGS.items() if self.flags & bit)
        return ",".join([self.name, word(self.type, TYPES), word(self.subtype, SUBTYPES.get(self.type, {})),
                         "%#x" % self.offset, size(self.size), flags])

    def __str__(self):
        return "Part '%s' %d/%d @ %#x size %#x" % (self.name, self.type, self.subtype, self.offset, self.size)


class PartitionTable(list):
    @classmethod
    def from_file(cls, f):
        """The table, and whether the file was binary."""
        data = f.read()
        if data[0:2] == MAGIC:
            return cls.from_binary(data), True
        bom = b"\xef\xbb\xbf"
        if data.startswith(bom) and RELEASE >= (5, 4, 2):
            data = data[3:]
        return cls.from_csv(data.decode("utf-8")), False

    @classmethod
    def from_csv(cls, text):
        table = cls()
        for index, line in enumerate(text.splitlines()):
            line = os.path.expandvars(line).strip()
            unknown = re.match(r"(?<!\\)\$([A-Za-z_]\w*)", line)
            if unknown:
                raise InputError("unknown variable '%s'" % unknown.group(1))
            if not line or line.startswith("#"):
                continue
            try:
                table.append(PartitionDefinition.from_csv(line, index + 1))
            except InputError as error:
                raise InputError("Error at line %d: %s" % (index + 1, error)) from None
        table.place()
        return table

    def place(self):
        """Fills blank offsets and negative sizes, in the order of the CSV."""
        end = offset_part_table + SECTOR
        for index, row in enumerate(self):
            if row.is_primary():
                continue
            if row.offset is None:
                align = APP_ALIGN if row.type == APP_TYPE else SECTOR
                row.offset = (end + align - 1) // align * align
            elif row.offset < end:
                text = "CSV Error at line %d: Partitions overlap. Partition sets offset %#x. " % (row.line, row.offset)
                if index == 0:
                    raise InputError(text + "But partition table occupies the whole sector %#x. Use a free offset %#x "
                                     "or higher." % (offset_part_table, end))
                raise InputError(text + "Previous partition ends %#x" % end)
            if row.size < 0:
                row.size = -row.size - row.offset
            end = row.offset + row.size

    def verify(self):
        for row in self:
            row.verify()
        names = [row.name for row in self]
        doubled = sorted({name for name in names if names.count(name) > 1})
        if doubled:
            warn("A list of partitions that have the same name:")
            for row in self:
                if row.name in doubled:
                    warn(row.to_csv())
            raise InputError("Partition names must be unique")
        last = None
        for row in sorted(self, key=lambda row: row.offset):
            exempt = RELEASE >= (5, 5) and row.is_primary()
            if row.offset < offset_part_table + SECTOR and not exempt:
                raise InputError("Partition offset %#x is below %#x" % (row.offset, offset_part_table + SECTOR))
            if last is not None and row.offset < last.offset + last.size:
                raise InputError("Partition at %#x overlaps %#x-%#x"
                                 % (row.offset, last.offset, last.offset + last.size - 1))
            last = row
        self.verify_otadata("ota", "otadata")
        if "tee_ota" in SUBTYPES[DATA_TYPE]:
            self.verify_otadata("tee_ota", "TEE otadata")

    def verify_otadata(self, subtype, word):
        rows = [row for row in self if (row.type, row.subtype) == (DATA_TYPE, SUBTYPES[DATA_TYPE][subtype])]
        if len(rows) > 1:
            raise InputError("Found multiple %s partitions. Only one partition can be defined with type=\"data\"(1) and "
                             "subtype=\"%s\"(%#x)." % (word, subtype, rows[0].subtype))
        if rows and rows[0].size != 0x2000:
            raise InputError("%s partition must have size = 0x2000" % word)

    def verify_size_fits(self, size):
        used = max((row.offset, row.offset + row.size) for row in self)[1] if self else 0
        if used > size:
            mb = 1024 * 1024
            raise InputError("Partitions tables occupies %.1fMB of flash (%d bytes) which does not fit in configured flash "
                             "size %dMB. Change the flash size in menuconfig under the 'Serial Flasher Config' menu."
                             % (used / mb, used, size // mb))

    @classmethod
    def from_binary(cls, data):
        table, digest = cls(), hashlib.md5()
        for at in range(0, len(data), 32):
            row = data[at:at + 32]
            if len(row) != 32:
                raise InputError("Partition table length must be a multiple of 32 bytes")
            if row == b"\xff" * 32:
                return table
            if row[:2] == MD5_BEGIN[:2] and md5sum:
                if row[16:] != digest.digest():
                    raise InputError("MD5 checksums don't match! (computed: 0x%s, parsed: 0x%s)"
                                     % (digest.hexdigest(), row[16:].hex()))
                continue
            digest.update(row)
            table.append(PartitionDefinition.from_binary(row))
        raise InputError("Partition table is missing an end-of-table marker")

    def to_binary(self):
        data = b"".join(row.to_binary() for row in self)
        if md5sum:
            data += MD5_BEGIN + hashlib.md5(data).digest()
        if len(data) >= TABLE_MAX:
            raise InputError("Binary partition table length (%d) longer than max" % len(data))
        return data + b"\xff" * (TABLE_MAX - len(data))

    def to_csv(self):
        rows = ["# ESP-IDF Partition Table", "# Name, Type, SubType, Offset, Size, Flags"]
        return "\n".join(rows + [row.to_csv() for row in self]) + "\n"


def main():
    global quiet, md5sum, offset_part_table, primary_bootloader_offset
    parser = argparse.ArgumentParser(description="partition tables, CSV to binary and back")
    parser.add_argument("--flash-size", choices=["%dMB" % (1 << power) for power in range(8)])
    parser.add_argument("--disable-md5sum", action="store_true")
    parser.add_argument("--no-verify", action="store_true")
    parser.add_argument("--verify", "-v", action="store_true")
    parser.add_argument("--quiet", "-q", action="store_true")
    parser.add_argument("--offset", "-o", default="0x8000")
    parser.add_argument("--primary-bootloader-offset")
    parser.add_argument("input", type=argparse.FileType("rb"))
    parser.add_argument("output", nargs="?", default="-")
    args = parser.parse_args()
    quiet, md5sum, offset_part_table = args.quiet, not args.disable_md5sum, int(args.offset, 0)
    if args.primary_bootloader_offset is not None:
        primary_bootloader_offset = int(args.primary_bootloader_offset, 0)
    table, binary = PartitionTable.from_file(args.input)
    if not args.no_verify:
        table.verify()
    if args.flash_size:
        table.verify_size_fits(int(args.flash_size[:-2]) * 1024 * 1024)
    output = table.to_csv().encode() if binary else table.to_binary()
    if args.output == "-":
        sys.stdout.buffer.write(output)
    else:
        os.makedirs(os.path.dirname(os.path.abspath(args.output)), exist_ok=True)
        with open(args.output, "wb") as f:
            f.write(output)


if __name__ == "__main__":
    try:
        main()
    except InputError as error:
        print(error, file=sys.stderr)
        sys.exit(2)
