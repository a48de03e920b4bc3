"""Runs gen_esp32part.py of one ESP-IDF as a module: a case in JSON on each line of stdin, a verdict on each of stdout.

Usage: gen_esp32part.py FOLDER, the folder that holds ESP-IDF's tool. It writes no files.
"""

import copy
import io
import json
import os
import sys

folder = sys.argv[1]
sys.path.insert(0, folder)
import gen_esp32part as tool

subtypes = copy.deepcopy(tool.SUBTYPES)
knows_secure_kinds = hasattr(tool, "SECURE_V1")
sys.stderr = open(os.devnull, "w")


def judge(case):
    tool.SUBTYPES.clear()
    tool.SUBTYPES.update(copy.deepcopy(subtypes))
    os.environ.clear()
    os.environ.update(case["env"])
    tool.quiet = True
    tool.md5sum = case["md5"]
    tool.offset_part_table = case["table"]
    tool.secure = case["secure"] if knows_secure_kinds else case["secure"] is not None
    tool.primary_bootloader_offset = case["primary"]
    tool.recovery_bootloader_offset = case["recovery"]
    if hasattr(tool.PartitionDefinition, "parse_size"):
        if case["primary"] is not None and case["primary"] >= case["table"]:
            raise ValueError("primary bootloader is not below the table")
    if case["extra"]:
        tool.add_extra_subtypes(case["extra"])
    data = bytes.fromhex(case["data"])
    if case["binary"]:
        table = tool.PartitionTable.from_binary(data)
    else:
        table = tool.PartitionTable.from_file(io.BytesIO(data))[0]
    table.verify()
    if case["flash"]:
        table.verify_size_fits(case["flash"])
    return table.to_binary()


for line in sys.stdin:
    try:
        print("ok", judge(json.loads(line)).hex())
    except Exception as error:
        print("no", repr(error))
