"""Configures and builds the bootloader's sub-project: the step `Performing build step for 'bootloader'`."""

import argparse
import os
import subprocess
import sys


def main():
    parser = argparse.ArgumentParser()
    for name in ("cmake", "ninja", "source", "build", "sdkconfig", "target", "idf-ver", "config-h"):
        parser.add_argument("--" + name, required=True)
    args = parser.parse_args()
    build = os.path.abspath(args.build)
    if not os.path.exists(os.path.join(build, "build.ninja")):
        os.makedirs(build, exist_ok=True)
        subprocess.run([args.cmake, "-G", "Ninja", "-S", args.source, "-B", build, "-DSDKCONFIG=" + args.sdkconfig,
                        "-DIDF_TARGET=" + args.target, "-DPYTHON=" + sys.executable, "-DIDF_VER=" + args.idf_ver,
                        "-DCMAKE_MAKE_PROGRAM=" + args.ninja], check=True)
    sys.exit(subprocess.run([args.ninja, "-C", build]).returncode)


if __name__ == "__main__":
    main()
