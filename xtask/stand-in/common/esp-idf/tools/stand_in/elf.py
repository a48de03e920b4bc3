"""Writes an ELF file by hand: a header, the sections' bytes, a section name table, program headers for what is loaded."""

import struct

PROGBITS, STRTAB = 1, 3
ALLOC, EXECUTABLE, WRITABLE = 2, 4, 1


def write(path, machine, entry, sections):
    """`sections`: list of (name, address or None when it is not loaded, bytes). Sizes are multiples of four."""
    names, offsets = bytearray(b"\0"), []
    for name, _, _ in sections + [(".shstrtab", None, b"")]:
        offsets.append(len(names))
        names += name.encode() + b"\0"
    loaded = [(address, data) for _, address, data in sections if address is not None]
    position = 52 + 32 * len(loaded)
    programs, headers, body = bytearray(), bytearray(40), bytearray()
    for (name, address, data), name_at in zip(sections, offsets):
        position = (position + 3) & ~3
        body += b"\0" * (position - (52 + 32 * len(loaded)) - len(body))
        flags = 0
        if address is not None:
            flags = ALLOC | (EXECUTABLE if "text" in name else WRITABLE)
            programs += struct.pack("<8I", 1, position, address, address, len(data), len(data), 5 if "text" in name else 6, 4)
        headers += struct.pack("<10I", name_at, PROGBITS, flags, address or 0, position, len(data), 0, 0, 4, 0)
        body += data
        position += len(data)
    headers += struct.pack("<10I", offsets[-1], STRTAB, 0, 0, position, len(names), 0, 0, 1, 0)
    body += names
    position += len(names)
    padding = -position % 4
    header = b"\x7fELF" + bytes([1, 1, 1]) + b"\0" * 9 + struct.pack(
        "<HHIIIIIHHHHHH", 2, machine, 1, entry, 52 if loaded else 0, position + padding, 0, 52, 32, len(loaded), 40,
        len(sections) + 2, len(sections) + 1)
    with open(path, "wb") as f:
        f.write(header + bytes(programs) + bytes(body) + b"\0" * padding + bytes(headers))


def filler(seed, size):
    """Bytes that look like code, do not compress, and are the same for the same seed."""
    import random

    return random.Random(seed).randbytes(size)
