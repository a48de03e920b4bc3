"""Manifests of frozen Python: include, freeze, module, package, require, metadata and their kin, for the freeze mode.

`require` knows the few packages of `lib/micropython-lib`. Paths may use $(MPY_DIR), $(PORT_DIR), $(BOARD_DIR) and others.
"""

import os
import re


MODE_FREEZE = 1


class ManifestError(Exception):
    pass


class Frozen:
    """One file: where it is, what it is called when frozen, and as what it is frozen (`mpy` or `str`)."""

    def __init__(self, path, target, kind):
        self.full_path, self.target_path, self.kind = path, target, kind


class ManifestFile:
    def __init__(self, mode, path_vars):
        assert mode == MODE_FREEZE
        self.variables = path_vars
        self._files = []
        self.stack = []
        self.seen = set()
        self._visited = set()

    def files(self):
        return self._files

    def resolve(self, path):
        def value(match):
            if match.group(1) not in self.variables:
                raise ManifestError("unknown variable $(%s)" % match.group(1))
            return self.variables[match.group(1)]

        path = re.sub(r"\$\((\w+)\)", value, path)
        base = os.path.dirname(self.stack[-1]) if self.stack else os.getcwd()
        return os.path.abspath(os.path.join(base, path))

    def execute(self, path):
        if not os.path.isfile(path):
            raise ManifestError("manifest not found: %s" % path)
        self.stack.append(path)
        self._visited.add(path)
        names = {name: getattr(self, name) for name in (
            "include", "freeze", "freeze_as_str", "freeze_as_mpy", "freeze_mpy", "module", "package", "require",
            "metadata", "options", "add_library")}
        try:
            with open(path, encoding="utf-8") as f:
                exec(compile(f.read(), path, "exec"), names)
        except ManifestError:
            raise
        except Exception as error:
            raise ManifestError("%s: %s: %s" % (path, type(error).__name__, error)) from None
        finally:
            self.stack.pop()

    def add(self, path, target, kind="mpy"):
        if not os.path.isfile(path):
            raise ManifestError("%s not found" % path)
        if target not in self.seen:
            self.seen.add(target)
            self._files.append(Frozen(path, target, kind))

    def include(self, manifest, **_):
        if isinstance(manifest, (list, tuple)):
            for one in manifest:
                self.include(one)
            return
        path = self.resolve(manifest)
        self.execute(os.path.join(path, "manifest.py") if os.path.isdir(path) else path)

    def freeze(self, path, script=None, opt=None, kind="mpy"):
        folder = self.resolve(path)
        if not os.path.isdir(folder):
            raise ManifestError("freeze path must be a directory: %s" % folder)
        if script is None:
            found = []
            for root, folders, names in os.walk(folder):
                folders[:] = sorted(name for name in folders if name != "__pycache__")
                found += [os.path.relpath(os.path.join(root, name), folder) for name in sorted(names)]
            scripts = [name for name in found if name.endswith(".py") or kind == "str"]
        else:
            scripts = [script] if isinstance(script, str) else list(script)
        for name in scripts:
            if os.path.isdir(os.path.join(folder, name)):
                self.freeze_below(folder, name, kind)
            else:
                self.add(os.path.join(folder, name), name, kind)

    def freeze_below(self, folder, name, kind):
        for root, folders, names in os.walk(os.path.join(folder, name)):
            folders.sort()
            for one in sorted(names):
                path = os.path.join(root, one)
                if one.endswith(".py") or kind == "str":
                    self.add(path, os.path.relpath(path, folder), kind)

    def freeze_as_str(self, path):
        self.freeze(path, kind="str")

    def freeze_as_mpy(self, path, script=None, opt=None):
        self.freeze(path, script, opt)

    def freeze_mpy(self, path, script=None, opt=None):
        raise ManifestError("the stand-in does not freeze .mpy files")

    def module(self, module_path, base_path=".", opt=None):
        self.add(os.path.join(self.resolve(base_path), module_path), module_path)

    def package(self, package_path, files=None, base_path=".", opt=None):
        base = self.resolve(base_path)
        if files:
            for name in files:
                self.add(os.path.join(base, package_path, name), os.path.join(package_path, name))
        elif not os.path.isdir(os.path.join(base, package_path)):
            raise ManifestError("package %s not found in %s" % (package_path, base))
        else:
            self.freeze_below(base, package_path, "mpy")

    def require(self, name, version=None, **_):
        folder = os.path.join(self.variables["MPY_LIB_DIR"], name)
        if not os.path.isdir(folder):
            raise ManifestError("Library not found in local micropython-lib: %s" % name)
        self.include(os.path.join(folder, "manifest.py"))

    def metadata(self, **_):
        return None

    def options(self, **_):
        return None

    def add_library(self, *_, **__):
        return None
