"""The stand-in's linker: an ELF file with the application's description, strings, frozen content, and a map.

The map names every object as the real one does; an object that nothing refers to (no module of its folder registers
itself) is listed under the discarded sections, as `--gc-sections` leaves it.
"""

import argparse
import base64
import os
import struct
import sys

import chips
import elf
import faults
import files


def load(response):
    """(name as the map shows it, contents, whether it is one of the user's) for each object, in link order."""
    objects = []
    for name in files.read_lines(response):
        if name.endswith(".a"):
            for member, content in files.read_json(name):
                objects.append(("%s(%s)" % (name, os.path.basename(member)), content, False))
        else:
            objects.append((name, files.read_json(name), True))
    return objects


def discard(objects):
    alive = {os.path.dirname(content["source"]) for _, content, user in objects if user and content["registers"]}
    unlinked = faults.asked("module-not-linked")
    kept, dropped = [], []
    for item in objects:
        _, content, user = item
        gone = user and (unlinked or os.path.dirname(content["source"]) not in alive)
        (dropped if gone else kept).append(item)
    return kept, dropped


def text_field(value, size):
    data = value.encode()[: size - 1]
    return data + b"\0" * (size - len(data))


def app_desc(idf_version, stamp):
    if faults.asked("wrong-idf-version"):
        idf_version = "v5.0.9"
    # version and project name are empty, as MicroPython's two APP_EXCLUDE symbols make them.
    return (struct.pack("<II8x", 0xABCD5432, 0) + b"\0" * 64 + text_field(stamp[0], 16) + text_field(stamp[1], 16)
            + text_field(idf_version, 32) + b"\0" * 32 + b"\0" * 80)


def unquote(value):
    return (value or "").strip().strip('"')


def banner(objects):
    for _, content, _ in objects:
        macros = content["macros"]
        if macros.get("MICROPY_GIT_TAG") and macros.get("MICROPY_HW_BOARD_NAME"):
            return "MicroPython %s on %s; %s with %s" % tuple(unquote(macros.get(name)) for name in (
                "MICROPY_GIT_TAG", "MICROPY_BUILD_DATE", "MICROPY_HW_BOARD_NAME", "MICROPY_HW_MCU_NAME"))
    return "MicroPython"


def pad(data):
    return data + b"\0" * (-len(data) % 4)


def lay_out(kept, chip, config, idf_version):
    """Places every kept object; returns the two flash sections and the lines of the map."""
    places = chips.CHIPS[chip]
    text_size, rodata_size = chips.sizes(chip, config)
    stamp = next((c["stamp"] for _, c, _ in kept if c["stamp"] != ["", ""]), ["", ""])
    rodata = bytearray(app_desc(idf_version, stamp))
    rodata += pad(banner(kept).encode() + b"\0stand-in port, not bootable\0")
    text, text_lines, data_lines = bytearray(), [], []
    for name, content, _ in sorted(kept, key=lambda item: not item[2]):
        constants = pad(base64.b64decode(content["rodata"]))
        code = elf.filler(content["digest"], content["text"])
        text_lines.append((".text", places["irom"] + len(text), len(code), name))
        text += code
        if constants:
            data_lines.append((".rodata", places["drom"] + len(rodata), len(constants), name))
            rodata += constants
    # A table's path does not reach the code of a real build either.
    seed = "%s %s %s" % (chip, text_size, sorted(
        (key, str(value)) for key, value in config.items() if not key.endswith("_FILENAME")))
    text_lines.append((".text", places["irom"] + len(text), text_size, "esp-idf/libstand_in_rest.a(rest.c.obj)"))
    text += elf.filler(seed + " text", text_size)
    rest = rodata_size
    data_lines.append((".rodata", places["drom"] + len(rodata), rest, "esp-idf/libstand_in_rest.a(rest.c.obj)"))
    rodata += elf.filler(seed + " rodata", rest)
    return bytes(text), bytes(rodata), text_lines, data_lines


def map_line(section, address, size, name):
    return " %-14s 0x%08x %#10x %s" % (section, address, size, name)


def write_map(path, objects, dropped, places, laid):
    text, rodata, text_lines, data_lines = laid
    out = ["Archive member included to satisfy reference by file (symbol)", ""]
    out += [name for name, _, user in objects if not user]
    out += ["", "Discarded input sections", ""]
    for name, content, _ in objects:
        out += [map_line(".data", 0, 0, name), map_line(".bss", 0, 0, name)]
    for name, content, _ in dropped:
        out.append(map_line(".text", 0, content["text"], name))
        if content["rodata"]:
            out.append(map_line(".rodata", 0, len(base64.b64decode(content["rodata"])), name))
    out += ["", "Memory Configuration", "", "Name             Origin             Length             Attributes",
            "iram0_2_seg      0x%08x         0x007fffe0         xr" % places["irom"],
            "drom0_0_seg      0x%08x         0x007fffe0         r" % places["drom"],
            "*default*        0x00000000         0xffffffff", "", "Linker script and memory map", ""]
    loads = []
    for name, _, _ in objects:
        archive = name.split("(")[0]
        if archive not in loads:
            loads.append(archive)
    out += ["LOAD " + name for name in loads]
    out += ["", ".flash.text     0x%08x %#10x" % (places["irom"], len(text))]
    out += [map_line(*line) for line in text_lines]
    out += ["", ".flash.rodata   0x%08x %#10x" % (places["drom"], len(rodata))]
    out += [map_line(*line) for line in data_lines]
    out += ["", "OUTPUT(%s elf32)" % os.path.basename(path).replace(".map", ".elf"), ""]
    with open(path, "w") as f:
        f.write("\n".join(out))


def main():
    parser = argparse.ArgumentParser()
    for name in ("chip", "config", "elf", "map", "idf-version"):
        parser.add_argument("--" + name, required=True)
    parser.add_argument("response")
    args = parser.parse_args()
    if faults.asked("disk-full-link"):
        sys.exit("ld: final link failed: No space left on device\ncollect2: error: ld returned 1 exit status")
    config, places = files.read_json(args.config), chips.CHIPS[args.chip]
    objects = load(args.response)
    kept, dropped = discard(objects)
    laid = lay_out(kept, args.chip, config, args.idf_version)
    write_map(args.map, objects, dropped, places, laid)
    # The sources' paths stay in the debug information of the real ELF file too, and so change its digest.
    # What lies in the build folder is mapped to one name, as ESP-IDF's prefix maps do.
    here = os.getcwd() + "/"
    sources = [content["source"].replace(here, "/IDF_BUILD/") for _, content, _ in objects]
    paths = pad("\0".join(sources).encode() + b"\0")
    elf.write(args.elf, places["machine"], places["iram"], [
        (".iram0.text", places["iram"], elf.filler(args.chip + " iram", chips.IRAM_SIZE)),
        (".dram0.data", places["dram"], elf.filler(args.chip + " dram", chips.DRAM_SIZE)),
        (".flash.rodata", places["drom"], laid[1]),
        (".flash.text", places["irom"], laid[0]),
        (".debug_str", None, paths),
    ])


if __name__ == "__main__":
    main()
