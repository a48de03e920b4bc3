"""Runs ESP-IDF's own tests of gen_esp32part.py, and prints every table that they hand to it: a case in JSON on each line, in the form
that gen_esp32part.py beside this file takes, and at the end how many tests ran and how many failed.

Usage: esp_idf_cases.py FOLDER, the folder that holds ESP-IDF's tool. It writes no files of its own.
"""

import io
import json
import os
import subprocess
import sys
import unittest

folder = os.path.abspath(sys.argv[1])
tests = os.path.join(folder, "test_gen_esp32part_host")
sys.path[:0] = [tests, folder]
os.chdir(tests)
import gen_esp32part as tool

out, cases = sys.stdout, {}
sys.stdout = sys.stderr = io.StringIO()


def record(data, binary, flash=None, md5=None, table=None, secure=None, primary=None, recovery=None):
    if isinstance(data, str):
        data = data.encode("utf-8")
    secure_now = {"v1": "v1", "v2": "v2", True: "v1"}.get(getattr(tool, "secure", None))
    case = {
        "data": bytes(data).hex(),
        "binary": binary,
        "flash": flash,
        "md5": tool.md5sum if md5 is None else md5,
        "table": tool.offset_part_table if table is None else table,
        "secure": secure or secure_now,
        "primary": primary if primary is not None else getattr(tool, "primary_bootloader_offset", None),
        "recovery": recovery if recovery is not None else getattr(tool, "recovery_bootloader_offset", None),
    }
    cases[json.dumps(case)] = None


def wrapped(name, binary):
    original = getattr(tool.PartitionTable, name)

    def wrapper(data, *more, **named):
        if name == "from_file":
            data = data.read()
            record(data, data[:2] == tool.PartitionDefinition.MAGIC_BYTES)
            return original(io.BytesIO(data), *more, **named)
        record(data, binary)
        return original(data, *more, **named)

    setattr(tool.PartitionTable, name, staticmethod(wrapper))


for method, of_bytes in [("from_csv", False), ("from_binary", True), ("from_file", None)]:
    wrapped(method, of_bytes)

call = subprocess.check_output


def called(command, *more, **named):
    """A run of the tool's command line is a case as well: its first operand, with its flags."""
    words = [str(word) for word in command]
    if any(word.endswith("gen_esp32part.py") for word in words):
        flags, operands, rest = {}, [], iter(words[2:])
        for word in rest:
            if word.startswith("--") and word not in ("--verify", "--quiet", "--disable-md5sum", "--disable-sha256sum"):
                flags[word] = next(rest, "")
            elif not word.startswith("-"):
                operands.append(word)
        with open(operands[0], "rb") as file:
            data = file.read()
        number = lambda name: int(flags[name], 0) if name in flags else None
        size = flags.get("--flash-size")
        record(
            data,
            data[:2] == tool.PartitionDefinition.MAGIC_BYTES,
            flash=int(size[:-2]) << 20 if size else None,
            md5="--disable-md5sum" not in words,
            table=number("--offset") or 0x8000,
            secure=flags.get("--secure") or ("v1" if "--secure" in words else None),
            primary=number("--primary-bootloader-offset"),
            recovery=number("--recovery-bootloader-offset"),
        )
    return call(command, *more, **named)


subprocess.check_output = called
suite = unittest.defaultTestLoader.loadTestsFromName("gen_esp32part_tests")
result = unittest.TextTestRunner(stream=io.StringIO()).run(suite)
for case in cases:
    print(case, file=out)
print(json.dumps({"tests": result.testsRun, "failed": len(result.failures) + len(result.errors)}), file=out)
