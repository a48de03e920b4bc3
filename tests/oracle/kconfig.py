"""Reads Kconfig trees with the library behind kconfgen, and prints the values that it computes.

stdin: a JSON object with "root" (a Kconfig file), "environment" (variables), "lists" (variables that name a file to be
generated, with the Kconfig files that it sources) and "texts" (sdkconfig texts). stdout: a JSON list, for each text an
object: symbol, then [type, value, visible, written]. The library is that of the Python that runs this: esp-idf-kconfig 1.5
(kconfiglib), 2.5 or 3. It judges nothing itself: `kconfig.rs` compares.
"""

import contextlib
import io
import json
import os
import sys
import tempfile

os.environ.setdefault("KCONFIG_REPORT_VERBOSITY", "quiet")
try:
    import esp_kconfiglib.core as library
except ImportError:
    try:
        import kconfiglib.core as library
    except ImportError:
        import kconfiglib as library


def values(kconfig):
    found = {}
    for symbol in kconfig.unique_defined_syms:
        value = symbol.str_value
        written = bool(symbol.config_string) and symbol.env_var is None
        found[symbol.name] = [library.TYPE_TO_STR[symbol.orig_type], value, symbol.visibility > 0, written]
    return found


def load(kconfig, text):
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", newline="", suffix=".sdkconfig") as file:
        file.write(text)
        file.flush()
        kconfig.load_config(file.name, replace=True)
    return values(kconfig)


def judge():
    job = json.load(sys.stdin)
    os.environ.update(job["environment"])
    out = sys.stdout
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
        for name, files in job["lists"].items():
            path = os.path.join(folder, name + ".in")
            with open(path, "w", encoding="utf-8") as file:
                file.writelines(f'source "{source}"\n' for source in files)
            os.environ[name] = path
        errors = io.StringIO()
        with contextlib.redirect_stderr(errors):
            try:
                kconfig = library.Kconfig(job["root"])
            except Exception as error:
                sys.exit(f"{errors.getvalue()}\n{error}")
            found = [load(kconfig, text) for text in job["texts"]]
    json.dump(found, out)


judge()
