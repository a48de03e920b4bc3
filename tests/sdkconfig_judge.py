"""Reads sdkconfig texts with esp-idf-kconfig's own kconfgen, and prints what each of them comes to.

stdin: a JSON object with "kconfig" (the text of a Kconfig file) and "texts" (a list). stdout: a JSON list, for each text
the values as kconfgen writes them to sdkconfig.json. It judges nothing itself: `sdkconfig.rs` compares.
"""

import contextlib
import io
import json
import os
import sys
import tempfile

os.environ.setdefault("IDF_VERSION", "0.0.0")
os.environ.setdefault("KCONFIG_REPORT_VERBOSITY", "quiet")
from kconfgen.core import main  # noqa: E402


def effective(folder, text):
    defaults = os.path.join(folder, "sdkconfig.defaults")
    out = os.path.join(folder, "sdkconfig.json")
    with open(defaults, "w", encoding="utf-8", newline="") as file:
        file.write(text)
    sys.argv = ["kconfgen", "--kconfig", os.path.join(folder, "Kconfig"), "--defaults", defaults]
    sys.argv += ["--output", "json", out]
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        main()
    with open(out, encoding="utf-8") as file:
        return json.load(file)


def judge():
    job = json.load(sys.stdin)
    with tempfile.TemporaryDirectory() as folder:
        with open(os.path.join(folder, "Kconfig"), "w", encoding="utf-8") as file:
            file.write(job["kconfig"])
        print(json.dumps([effective(folder, text) for text in job["texts"]]))


judge()
