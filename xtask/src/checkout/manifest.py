# Runs a frozen manifest with the tree's own tools/manifestfile.py and prints what it freezes, as JSON.
# Given to `python3 -c`; arguments: the top of the tree, the manifest, then NAME=VALUE path variables.
import json
import os
import sys

sys.path.insert(0, os.path.join(sys.argv[1], "tools"))
import manifestfile  # noqa: E402

variables = dict(argument.split("=", 1) for argument in sys.argv[3:])
library = variables.get("MPY_LIB_DIR") or ""
has_library = os.path.isdir(os.path.join(library, "micropython"))
unresolved = []
where = []


class Manifest(manifestfile.ManifestFile):
    # Without the submodule no package can be looked up: noted, and the rest is still told.
    def require(self, name, *args, **kwargs):
        if has_library or kwargs.get("library") is not None:
            return super().require(name, *args, **kwargs)
        unresolved.append(name)


def innermost(error):
    """The manifest and line where the error arose, and the error itself."""
    while error is not None:
        place = None
        trace = error.__traceback__
        manifest = None
        while trace is not None:
            frame = trace.tb_frame
            if frame.f_code.co_name == "include" and isinstance(frame.f_locals.get("manifest_path"), str):
                manifest = frame.f_locals["manifest_path"]
            # A manifest runs under this name; so does this script, whose frames are not meant.
            if frame.f_code.co_filename == "<string>" and manifest and frame.f_globals is not globals():
                place = [manifest, trace.tb_lineno]
            trace = trace.tb_next
        if isinstance(error, SyntaxError) and error.filename == "<string>" and manifest:
            place = [manifest, error.lineno or 1]
        if place is not None:
            where[:] = place
        reason = error
        error = error.__context__
    return reason


answer = {"error": None, "where": None}
manifest = Manifest(manifestfile.MODE_FREEZE, variables)
try:
    manifest.execute(sys.argv[2])
except Exception as error:
    reason = innermost(error)
    answer["error"] = str(reason) or type(reason).__name__
    answer["where"] = where or None
answer["files"] = [[file.target_path, os.path.abspath(file.full_path)] for file in manifest.files()]
answer["manifests"] = sorted(getattr(manifest, "_visited", ()))
answer["c_modules"] = manifest.c_modules() if hasattr(manifest, "c_modules") else []
answer["unresolved"] = unresolved
answer["has_library"] = has_library
print(json.dumps(answer))
