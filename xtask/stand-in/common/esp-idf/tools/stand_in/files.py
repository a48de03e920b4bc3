"""Small file helpers that the stand-in's tools share."""

import json
import os


def write_if_changed(path, data):
    """Writes bytes or text; an unchanged file keeps its time stamp, so that ninja's restat works."""
    if isinstance(data, str):
        data = data.encode("utf-8")
    try:
        with open(path, "rb") as f:
            if f.read() == data:
                return False
    except OSError:
        pass
    folder = os.path.dirname(path)
    if folder:
        os.makedirs(folder, exist_ok=True)
    with open(path, "wb") as f:
        f.write(data)
    return True


def read_lines(path):
    with open(path, encoding="utf-8") as f:
        return [line for line in f.read().split("\n") if line]


def read_json(path):
    with open(path, encoding="utf-8") as f:
        return json.load(f)
