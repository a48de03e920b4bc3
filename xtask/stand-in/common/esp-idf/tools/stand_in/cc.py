"""The stand-in's C compiler: reads a source and its includes, refuses what is plainly wrong, writes an object and a depfile.

It does not translate C: an object holds the size that the code might have, the source's own string constants and byte
arrays, and a digest of everything that was read.
"""

import argparse
import base64
import hashlib
import json
import os
import sys
import time

import faults
import files
import preprocess


def stamp(source, config):
    """Time and date of the application's description: empty when reproducible, else of SOURCE_DATE_EPOCH or now."""
    if os.path.basename(source) != "esp_app_desc.c" or config.get("CONFIG_APP_REPRODUCIBLE_BUILD") == "1":
        return ["", ""]
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    when = time.gmtime(int(epoch)) if epoch else time.localtime()
    months = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
    return [time.strftime("%H:%M:%S", when), "%s %2d %d" % (months[when.tm_mon - 1], when.tm_mday, when.tm_year)]


def escape(path):
    return path.replace("\\", "\\\\").replace(" ", "\\ ").replace("#", "\\#").replace("$", "$$")


def read_flags(path):
    includes, defines = [], {}
    for line in files.read_lines(path):
        if line.startswith("-I"):
            includes.append(line[2:])
        elif line.startswith("-D"):
            name, _, value = line[2:].partition("=")
            defines[name] = value or "1"
    return includes, defines


def early_faults(args):
    base = os.path.basename(args.source)
    if faults.asked("hang-compile") and base == "runtime.c":
        faults.hang("the compiler")
    if base != "vm.c":
        return
    if faults.asked("compile-error"):
        sys.exit("%s:3:5: error: 'XTASK_STAND_IN_FAULT' undeclared (first use in this function)" % args.source)
    if faults.asked("crash-compile"):
        faults.crash()
    if faults.asked("disk-full"):
        sys.exit("%s: fatal error: error writing to %s: No space left on device\ncompilation terminated."
                 % (args.source, args.object))


def main():
    parser = argparse.ArgumentParser()
    for name in ("flags", "source", "object", "depfile"):
        parser.add_argument("--" + name, required=True)
    args = parser.parse_args()
    early_faults(args)
    includes, defines = read_flags(args.flags)
    config_header = [os.path.join(folder, "sdkconfig.h") for folder in includes]
    config = {}
    for header in config_header:
        if os.path.isfile(header):
            for line in files.read_lines(header):
                words = line.split(None, 2)
                if len(words) == 3 and words[0] == "#define":
                    config[words[1]] = words[2]
    unit = preprocess.Preprocessor(includes, defines)
    unit.macros.update(config)
    try:
        active = unit.run(args.source)
        found = preprocess.tokens(active)
        with open(args.source, encoding="utf-8", errors="replace") as f:
            preprocess.check_balance(args.source, f.read().split("\n"), found)
    except preprocess.CompileError as error:
        sys.exit(str(error))

    digest = hashlib.sha256()
    for path in unit.files:
        if os.path.basename(path) == "sdkconfig.h":
            continue  # the linker takes the configuration into account
        with open(path, "rb") as f:
            digest.update(hashlib.sha256(f.read()).digest())
    digest.update(json.dumps(sorted(defines.items())).encode())
    data = preprocess.constants(found)
    words = [word for _, _, word in found]
    # About two bytes of code for each token: a plausible size, and one that grows when the source does.
    text = (sum(1 for word in words if not word.startswith('"')) * 2 + 3) & ~3
    answer = {
        "source": args.source, "digest": digest.hexdigest(), "text": max(text, 16),
        "rodata": base64.b64encode(data).decode(), "registers": "MP_REGISTER_MODULE" in words,
        "stamp": stamp(args.source, config),
        "macros": {name: unit.macros.get(name) for name in
                   ("MICROPY_HW_BOARD_NAME", "MICROPY_HW_MCU_NAME", "MICROPY_GIT_TAG", "MICROPY_BUILD_DATE")},
    }
    os.makedirs(os.path.dirname(args.object), exist_ok=True)
    with open(args.object, "w") as f:
        json.dump(answer, f, indent=1, sort_keys=True)
    with open(args.depfile, "w") as f:
        f.write(escape(args.object) + ": \\\n  " + " \\\n  ".join(escape(path) for path in unit.files) + "\n")


if __name__ == "__main__":
    main()
