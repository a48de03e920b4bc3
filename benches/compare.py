#!/usr/bin/env python3
"""Whole-process times of xtask beside other tools, interleaved in one run: medians and ratios as a Markdown table.

    cargo build --package xtask && benches/compare.py firmware.bin

The image is a merged MicroPython image (its factory.bin, or one from micropython.org). It is made a dump of 16 MB whose filesystem
is full of bytes. esptool, mp-image-tool-esp32 and esp-idf-kconfig come from PyPI, once, into target/bench. With
XTASK_TEST_MICROPYTHON and XTASK_TEST_IDF (folders of checkouts, named by tag) `check` and Kconfig are timed as well.
Only the standard library is used. Times of a busy machine say little; the ratios say more.
"""

import argparse
import json
import os
import pathlib
import random
import statistics
import subprocess
import sys
import time
import venv

ROOT = pathlib.Path(__file__).resolve().parent.parent
PACKAGES = ["esptool==4.12.0", "mp-image-tool-esp32==0.1.1", "esp-idf-kconfig==2.5.4"]
TREES = ("v1.28.0", "v5.5.1")
# Where a file begins in the flash, for chips whose bootloader is not at 0.
OFFSETS = {"esp32": 0x1000, "esp32s2": 0x1000, "esp32p4": 0x2000, "esp32c5": 0x2000}


def tools(folder):
    """The bin folder of a Python environment with the packages, made once."""
    done = folder / "done"
    if not done.exists() or done.read_text() != "\n".join(PACKAGES):
        print("fetching " + ", ".join(PACKAGES), file=sys.stderr)
        venv.create(folder, with_pip=True, clear=True)
        pip = [folder / "bin/python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run(pip + PACKAGES, check=True)
        done.write_text("\n".join(PACKAGES))
    return folder / "bin"


def dump(xtask, image, folder):
    """The image for 16 MB of flash, as long as the flash, its last partition full of bytes."""
    path = folder / "dump.bin"
    path.unlink(missing_ok=True)
    args = ["image", "repartition", image, "-o", path, "--flash-size", "16MB", "--resize", "vfs=rest"]
    subprocess.run([xtask, *args], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    shown = subprocess.run([xtask, "image", "info", path, "--format", "json"], check=True, stdout=subprocess.PIPE)
    built = json.loads(shown.stdout)["builds"][0]["image"]
    vfs = max(built["partitions"], key=lambda row: row["offset"])
    # As published images, it begins with the bootloader: the others read no other file.
    start = OFFSETS.get(built["chip"], 0)
    content = bytearray(path.read_bytes()).ljust((16 << 20) - start, b"\xff")
    at = vfs["offset"] - start
    content[at : at + vfs["size"]] = random.Random(1).randbytes(vfs["size"])
    path.write_bytes(content)
    return path


def run(command, env):
    begin = time.perf_counter()
    done = subprocess.run(command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    took = time.perf_counter() - begin
    # xtask says 6 to an image with errors; the others have no such verdict.
    if done.returncode not in (0, 6):
        sys.exit(f"{command[0]} failed: {done.stderr.decode()[-400:]}")
    return took


def measure(jobs, rounds):
    """Median seconds of each job; a round runs each once, so that a busy moment meets all."""
    times = {name: [] for name, _, _ in jobs}
    for number in range(rounds + 1):
        for name, command, env in jobs:
            took = run([str(part) for part in command], env)
            if number:  # The first round warms the caches.
                times[name].append(took)
    return {name: statistics.median(all_of_it) for name, all_of_it in times.items()}


def table(groups):
    print("| what | xtask | others |\n|---|---|---|")
    for title, own, others, medians in groups:
        told = [f"{name}: {medians[name]:.3f} s ({medians[name] / medians[own]:.1f} times)" for name in others]
        print(f"| {title} | {medians[own]:.3f} s | {'; '.join(told) or '-'} |")


def images(xtask, peers, image, folder, env):
    path = dump(xtask, image, folder)
    out = folder / "out.bin"
    esptool, other = [peers / "esptool.py", "image_info", path], [peers / "mp-image-tool-esp32", path]
    jobs = [
        ("verify", [xtask, "verify", path], env),
        ("info", [xtask, "image", "info", path], env),
        ("repartition", [xtask, "image", "repartition", image, "-o", out, "--flash-size", "8MB", "--resize", "vfs=rest"], env),
        ("esptool image_info", esptool, env),
        ("mp-image-tool-esp32", other, env),
        ("mp-image-tool-esp32 -f 8M", [peers / "mp-image-tool-esp32", image, "-o", folder / "other.bin", "-f", "8M", "--resize", "vfs=0"], env),
    ]
    peers_of_info = ["esptool image_info", "mp-image-tool-esp32"]
    return jobs, [
        ("`verify` of a 16 MB dump", "verify", peers_of_info),
        ("`image info` of a 16 MB dump", "info", peers_of_info),
        ("`image repartition` of a published image to 8 MB", "repartition", ["mp-image-tool-esp32 -f 8M"]),
    ]


def trees(xtask, peers, folder, env):
    named = [os.environ.get("XTASK_TEST_MICROPYTHON"), os.environ.get("XTASK_TEST_IDF")]
    if not all(named):
        print("set XTASK_TEST_MICROPYTHON and XTASK_TEST_IDF for `check` and Kconfig", file=sys.stderr)
        return [], []
    micropython, idf = pathlib.Path(named[0]) / TREES[0], pathlib.Path(named[1]) / TREES[1]
    boards = micropython / "ports/esp32/boards"
    config = ["[build]\nreproducible = false\n"]
    for board in sorted(path.parent for path in boards.glob("*/mpconfigboard.cmake")):
        config.append(f'[board.{board.name.lower()}]\nbase = "{board.name}"\n')
        for variant in sorted(board.glob("mpconfigvariant_*.cmake")):
            name = variant.stem.removeprefix("mpconfigvariant_")
            config.append(f'[board.{board.name.lower()}--{name.lower()}]\nbase = "{board.name}"\nbase-variant = "{name}"\n')
    path = folder / "config.toml"
    path.write_text("".join(config))
    check = [xtask, "check", "--config", path, "--micropython", micropython, "--idf", idf]
    lists = {}
    for name in ("Kconfig.projbuild", "Kconfig"):
        lists[name] = folder / f"{name}.in"
        lists[name].write_text("".join(f'source "{file}"\n' for file in sorted(idf.glob(f"components/*/{name}"))))
    variables = {
        "IDF_PATH": idf, "IDF_TARGET": "esp32s3", "IDF_TOOLCHAIN": "gcc", "IDF_VERSION": TREES[1][1:], "IDF_INIT_VERSION": TREES[1][1:],
        "IDF_ENV_FPGA": "", "COMPONENT_KCONFIGS_SOURCE_FILE": lists["Kconfig"], "KCONFIG_REPORT_VERBOSITY": "quiet",
        "COMPONENT_KCONFIGS_PROJBUILD_SOURCE_FILE": lists["Kconfig.projbuild"],
    }
    kconfgen = [peers / "python", "-m", "kconfgen", "--kconfig", idf / "Kconfig", "--output", "json", folder / "sdkconfig.json"]
    one = [*check, "--board", "esp32_generic_s3"]
    jobs = [
        ("check", one, env),
        ("check --all", check, env),
        ("search", [xtask, "sdkconfig", *check[2:], "--board", "esp32_generic_s3", "--search", "rollback"], env),
        ("kconfgen of the same tree", kconfgen, env | {name: str(value) for name, value in variables.items()}),
    ]
    count = sum(line.startswith("[board.") for line in "".join(config).splitlines())
    return jobs, [
        ("`check` of one board, Kconfig of ESP-IDF v5.5.1 included", "check", []),
        (f"`check` of all {count} boards and variants of MicroPython v1.28.0", "check --all", []),
        ("`sdkconfig --search`: cmake, merge and every Kconfig value", "search", ["kconfgen of the same tree"]),
    ]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("image", type=pathlib.Path, help="a merged MicroPython image")
    parser.add_argument("--rounds", type=int, default=9)
    args = parser.parse_args()
    xtask = ROOT / "target/debug/xtask"
    folder = ROOT / "target/bench"
    folder.mkdir(parents=True, exist_ok=True)
    peers = tools(folder / "tools")
    env = dict(os.environ)
    env.pop("IDF_PATH", None)
    jobs, groups = images(xtask, peers, args.image.resolve(), folder, env)
    more_jobs, more_groups = trees(xtask, peers, folder, env)
    medians = measure(jobs + more_jobs, args.rounds)
    table([(*group, medians) for group in groups + more_groups])


main()
