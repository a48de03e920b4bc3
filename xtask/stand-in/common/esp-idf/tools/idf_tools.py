#!/usr/bin/env python3
"""The stand-in's idf_tools.py: `export` tells which variables activate the environment, in the real one's format."""

import argparse
import os
import re
import sys

TOOLS = os.path.dirname(os.path.abspath(__file__))


def idf_version():
    with open(os.path.join(TOOLS, "cmake/version.cmake")) as f:
        return ".".join(re.findall(r"IDF_VERSION_\w+ (\d+)", f.read())[:2])


def python_env(version):
    """Folder of the Python environment: named by the environment, else in its place under IDF_TOOLS_PATH."""
    named = os.environ.get("IDF_PYTHON_ENV_PATH")
    if named:
        return named
    tools = os.path.expanduser(os.environ.get("IDF_TOOLS_PATH") or "~/.espressif")
    return os.path.join(tools, "python_env", "idf%s_py%d.%d_env" % (version, sys.version_info[0], sys.version_info[1]))


def binaries_of(environment):
    """Where cmake's own binary is: PyPI's package has a Python wrapper in `bin`, ten times slower to start."""
    found = [os.path.join(environment, "bin")]
    lib = os.path.join(environment, "lib")
    for name in sorted(os.listdir(lib)) if os.path.isdir(lib) else []:
        data = os.path.join(lib, name, "site-packages/cmake/data/bin")
        if os.path.isdir(data):
            found.insert(0, data)
    return found


def export(args):
    version = idf_version()
    environment = python_env(version)
    if not os.path.exists(os.path.join(environment, "bin/python")):
        sys.exit("ERROR: ESP-IDF Python virtual environment \"%s\" not found. Please run the install script to set it up "
                 "before proceeding." % os.path.join(environment, "bin/python"))
    out = {}
    if os.environ.get("IDF_PYTHON_ENV_PATH") != environment:
        out["IDF_PYTHON_ENV_PATH"] = environment
    if os.environ.get("ESP_IDF_VERSION") != version:
        out["ESP_IDF_VERSION"] = version
    # The PATH ends in a literal `$PATH`: whoever reads this has to put the old one there.
    out["PATH"] = ":".join(binaries_of(environment) + [TOOLS, "$PATH"])
    if args.format == "key-value":
        print("\n".join("%s=%s" % pair for pair in out.items()))
    else:
        print(";".join('export %s="%s"' % pair for pair in out.items()))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--quiet", action="store_true")
    parser.add_argument("--non-interactive", action="store_true")
    actions = parser.add_subparsers(dest="action", required=True)
    command = actions.add_parser("export")
    command.add_argument("--format", choices=["shell", "key-value"], default="shell")
    command.add_argument("--prefer-system", action="store_true")
    for name in ("install", "install-python-env", "check"):
        actions.add_parser(name).add_argument("rest", nargs="*")
    args = parser.parse_args()
    if args.action == "export":
        export(args)
    else:
        print("the stand-in has no tools of its own to install")


if __name__ == "__main__":
    main()
