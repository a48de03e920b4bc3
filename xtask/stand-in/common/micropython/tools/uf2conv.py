"""UF2: blocks of 512 bytes with 256 bytes of payload each, for chips with native USB."""

import struct

FAMILIES = {"ESP32S2": 0xBFDD4EEE, "ESP32S3": 0xC47E5767}


def convert(data, family, start=0):
    count, out = (len(data) + 255) // 256, bytearray()
    for index in range(count):
        chunk = data[index * 256:index * 256 + 256].ljust(256, b"\0")
        head = struct.pack("<8I", 0x0A324655, 0x9E5D5157, 0x2000, start + index * 256, 256, index, count, family)
        out += (head + chunk).ljust(508, b"\0") + struct.pack("<I", 0x0AB16F30)
    return bytes(out)
