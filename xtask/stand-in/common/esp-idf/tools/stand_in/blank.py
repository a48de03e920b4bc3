"""Writes a file of erased flash: SIZE bytes of 0xFF."""

import sys

with open(sys.argv[2], "wb") as f:
    f.write(b"\xff" * int(sys.argv[1], 0))
