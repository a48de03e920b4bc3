"""Turns an ELF file into an image with esptool, which is the judge of what an image is; no image is written by hand."""

import argparse
import os
import subprocess
import sys

import faults
import files

SIZES = ["1MB", "2MB", "4MB", "8MB", "16MB", "32MB", "64MB", "128MB"]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("kind", choices=["app", "bootloader"])
    parser.add_argument("--chip", required=True)
    parser.add_argument("--config", required=True)
    parser.add_argument("elf")
    parser.add_argument("output")
    args = parser.parse_args()
    config = files.read_json(args.config)
    size = config["ESPTOOLPY_FLASHSIZE"]
    if faults.asked("wrong-flash-size-header") and args.kind == "bootloader":
        size = SIZES[SIZES.index(size) - 1]
    command = [sys.executable, "-m", "esptool", "--chip", args.chip, "elf2image",
               "--flash_mode", config["ESPTOOLPY_FLASHMODE"], "--flash_freq", config["ESPTOOLPY_FLASHFREQ"],
               "--flash_size", size]
    if args.kind == "app":
        command += ["--elf-sha256-offset", "0xb0"]
    command += ["--min-rev-full", "0", "--max-rev-full", "399" if args.chip == "esp32" else "99"]
    result = subprocess.run(command + ["-o", args.output, args.elf])
    if result.returncode:
        sys.exit(result.returncode)
    print("Generated %s" % os.path.abspath(args.output))
    if args.kind == "app" and faults.asked("truncated-image"):
        os.truncate(args.output, os.path.getsize(args.output) * 3 // 4)


if __name__ == "__main__":
    main()
