"""Imitates the component manager: managed_components and the lock file in the project folder.

The stand-in's "registry" is the folder `registry` of its ESP-IDF; it cannot be reached when the environment sets
XTASK_STAND_IN_OFFLINE. A component that is there already with the lock's `.component_hash` is not fetched again.
"""

import argparse
import os
import re
import shutil
import sys


def wanted(main):
    """Component names of the manifest: two spaces deep, with a slash."""
    path = os.path.join(main, "idf_component.yml")
    if not os.path.exists(path):
        return []
    with open(path, encoding="utf-8") as f:
        return re.findall(r"^  ([a-z0-9_]+/[a-z0-9_]+):", f.read(), re.M)


def lock_text(components, idf_version, target):
    out = ["dependencies:"]
    for name in sorted(components):
        out += ["  %s:" % name, "    component_hash: %s" % components[name], "    source:",
                "      registry_url: https://components.espressif.com/", "      type: service", "    version: 1.1.0"]
    out += ["  idf:", "    source:", "      type: idf", "    version: %s" % idf_version, "direct_dependencies:"]
    out += ["- %s" % name for name in sorted(components)]
    return "\n".join(out + ["- idf", "target: %s" % target, "version: 2.0.0", ""])


def read(path):
    try:
        with open(path, encoding="utf-8") as f:
            return f.read()
    except OSError:
        return ""


def locked_hashes(text):
    return dict(re.findall(r"^  ([a-z0-9_]+/[a-z0-9_]+):\n    component_hash: (\w+)", text, re.M))


def main():
    parser = argparse.ArgumentParser()
    for name in ("idf", "project", "main", "lock", "target", "idf-version"):
        parser.add_argument("--" + name, required=True)
    args = parser.parse_args()
    names = wanted(args.main)
    lock = os.path.join(args.project, args.lock)
    before = read(lock)
    locked, hashes = locked_hashes(before), {}
    for name in names:
        folder = os.path.join(args.project, "managed_components", name.replace("/", "__"))
        have = read(os.path.join(folder, ".component_hash")).strip()
        source = os.path.join(args.idf, "registry", name.replace("/", "__"))
        published = read(os.path.join(source, ".component_hash")).strip()
        need = locked.get(name, have or published)
        if have and have == need:
            hashes[name] = have
            continue
        if os.environ.get("XTASK_STAND_IN_OFFLINE") or not published:
            sys.exit("ERROR: Cannot establish a connection to the component registry. Are you connected to the internet?")
        print("NOTICE: Processing %s" % name)
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(source, folder)
        hashes[name] = published
    with open("stand-in-managed.txt", "w", encoding="utf-8") as f:
        f.write("".join("%s/managed_components/%s\n" % (args.project, name.replace("/", "__")) for name in names))
    after = lock_text(hashes, args.idf_version, args.target)
    if before != after:
        if before:
            print("NOTICE: Dependencies lock doesn't match; updating lock file at %s" % lock)
        os.makedirs(os.path.dirname(lock), exist_ok=True)
        with open(lock, "w", encoding="utf-8") as f:
            f.write(after)
    print("NOTICE: Processing %d dependencies:" % (len(names) + 1))
    print("NOTICE: [%d/%d] idf (%s)" % (len(names) + 1, len(names) + 1, args.idf_version))


if __name__ == "__main__":
    main()
