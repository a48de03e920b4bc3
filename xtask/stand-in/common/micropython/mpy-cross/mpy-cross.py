#!/usr/bin/env python3
"""The stand-in's mpy-cross: checks the syntax and wraps the source; no bytecode is made.

An output holds the .mpy magic `M`, a version byte, the path the module was compiled under, and the source itself, so that
a module's name and content can be found in an image.
"""

import argparse
import os
import sys


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("-o", dest="output")
    parser.add_argument("-s", dest="source_name")
    parser.add_argument("-march")
    parser.add_argument("--version", action="version", version="MicroPython stand-in; mpy-cross emitting mpy v6.3")
    parser.add_argument("-O", dest="level", default="0")
    parser.add_argument("source")
    args = parser.parse_args()
    if "mpy-cross-fails" in os.environ.get("XTASK_STAND_IN_FAULT", "").split(","):
        sys.exit("mpy-cross: the stand-in was asked to fail here")
    with open(args.source, "rb") as f:
        source = f.read()
    name = args.source_name or args.source
    try:
        compile(source, name, "exec")
    except SyntaxError as error:
        sys.exit('Traceback (most recent call last):\n  File "%s", line %d\nSyntaxError: invalid syntax' % (name, error.lineno))
    output = args.output or os.path.splitext(args.source)[0] + ".mpy"
    with open(output, "wb") as f:
        f.write(b"M\x06\x00\x1f" + name.encode() + b"\0" + source)


if __name__ == "__main__":
    main()
