#!/usr/bin/env python3
"""The stand-in's idf.py: the command line, the exit codes and the kept state of the real one, at the places that matter."""

import os
import re
import shutil
import signal
import subprocess
import sys
import threading

TOOLS = os.path.dirname(os.path.abspath(__file__))
IDF_PATH = os.path.dirname(TOOLS)
sys.path.insert(0, os.path.join(TOOLS, "stand_in"))

import faults

ACTIONS = {"build": "all", "all": "all", "app": "app", "reconfigure": None, "fullclean": None, "size": None,
           "bootloader": "bootloader", "partition-table": "partition-table", "partition_table": "partition-table"}


class FatalError(Exception):
    """Ends idf.py with exit code 2."""


def version():
    run = subprocess.run(["git", "describe", "--tags", "--dirty"], cwd=IDF_PATH, stdout=subprocess.PIPE,
                         stderr=subprocess.DEVNULL, universal_newlines=True) if shutil.which("git") else None
    if run and run.returncode == 0 and os.path.isdir(os.path.join(IDF_PATH, ".git")):
        return run.stdout.strip()
    with open(os.path.join(TOOLS, "cmake/version.cmake")) as f:
        return "v" + ".".join(re.findall(r"IDF_VERSION_\w+ (\d+)", f.read())[:3])


def parse(arguments):
    """Options may stand before and after the action, and `-D` with or without a space, as click takes them."""
    options = {"project": os.getcwd(), "build": None, "defines": [], "generator": None, "ccache": None, "actions": []}
    names = {"-C": "project", "--project-dir": "project", "-B": "build", "--build-dir": "build", "-G": "generator",
             "--generator": "generator", "-p": "port", "--port": "port", "-b": "baud"}
    rest = list(arguments)
    while rest:
        word = rest.pop(0)
        if word in ("-D", "--define-cache-entry"):
            options["defines"].append(rest.pop(0) if rest else "")
        elif word.startswith("-D") and len(word) > 2:
            options["defines"].append(word[2:])
        elif word in names:
            options[names[word]] = rest.pop(0) if rest else ""
        elif word == "--ccache" or word == "--no-ccache":
            options["ccache"] = word == "--ccache"
        elif word == "--version":
            print("ESP-IDF " + version())
            sys.exit(0)
        elif word in ("-v", "--verbose", "--no-hints"):
            pass
        elif word.startswith("-"):
            raise FatalError("Error: No such option: %s" % word)
        elif word not in ACTIONS:
            raise FatalError('command "%s" is not known to idf.py and is not a Ninja target' % word)
        else:
            options["actions"].append(word)
    options["project"] = os.path.realpath(options["project"])
    options["build"] = os.path.realpath(options["build"] or os.path.join(options["project"], "build"))
    return options


def parse_cache(path):
    found = {}
    if os.path.exists(path):
        with open(path, encoding="utf-8") as f:
            for line in f:
                match = re.match(r"^([^#/:=]+):([^:=]+)=(.*)\n$", line)
                if match:
                    found[match.group(1)] = match.group(3)
    return found


def parse_defines(entries):
    out = {}
    for entry in entries:
        match = re.match(r"^([^=:]+)(?::[^=]+)?=(.*)$", entry, re.S)
        if not match:
            raise FatalError("Error: invalid CMake cache entry %s. Expected name=value." % entry)
        out[match.group(1)] = match.group(2).strip('"')
    return out


def check_target(cache, defines, sdkconfig):
    """The chip of the environment, of the kept sdkconfig, of the cache and of the command line may not differ."""
    kept = None
    if os.path.exists(sdkconfig):
        with open(sdkconfig, encoding="utf-8") as f:
            match = re.search(r'^CONFIG_IDF_TARGET="(\w+)"', f.read(), re.M)
            kept = match.group(1) if match else None
    wanted = os.environ.get("IDF_TARGET")
    if wanted and kept and kept != wanted:
        raise FatalError("Project sdkconfig '%s' was generated for target '%s', but environment variable IDF_TARGET is "
                         "set to '%s'. Run 'idf.py set-target %s' to generate new sdkconfig file for target %s."
                         % (sdkconfig, kept, wanted, wanted, wanted))
    if wanted and cache.get("IDF_TARGET") and cache["IDF_TARGET"] != wanted:
        raise FatalError("Target settings are not consistent: '%s' in the environment, '%s' in CMakeCache.txt. "
                         "Run 'idf.py fullclean' to start again." % (wanted, cache["IDF_TARGET"]))
    if wanted and defines.get("IDF_TARGET", wanted) != wanted:
        raise FatalError("Target '%s' specified on command line is not consistent with target '%s' in the environment."
                         % (defines["IDF_TARGET"], wanted))


def run_tool(name, command, build):
    """Runs a tool, shows its output as it comes, and keeps both streams in the log folder."""
    shown = " ".join('"%s"' % word if " " in word else word for word in command)
    print("Running %s in directory %s" % (name, build))
    print('Executing "%s"...' % shown, flush=True)
    log = os.path.join(build, "log")
    os.makedirs(log, exist_ok=True)
    out_path = os.path.join(log, "idf_py_stdout_output_%d" % os.getpid())
    err_path = os.path.join(log, "idf_py_stderr_output_%d" % os.getpid())
    environment = dict(os.environ, IDF_PATH=IDF_PATH)
    process = subprocess.Popen(command, cwd=build, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment)
    if name == "ninja" and faults.asked("crash-idf"):
        threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGKILL)).start()

    def copy(stream, screen, path):
        with open(path, "ab") as f:
            for line in iter(stream.readline, b""):
                f.write(line)
                f.flush()
                screen.write(line)
                screen.flush()

    threads = [threading.Thread(target=copy, args=args) for args in (
        (process.stdout, sys.stdout.buffer, out_path), (process.stderr, sys.stderr.buffer, err_path))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if process.wait():
        raise FatalError("%s failed with exit code %d, output of the command is in the %s and %s"
                         % (name, process.returncode, err_path, out_path))


def configure(options, always):
    """Runs cmake when asked, when it never ran, or when a `-D` differs from the kept cache; never because a default did."""
    project, build = options["project"], options["build"]
    if not os.path.isdir(project):
        raise FatalError("Project directory %s does not exist" % project)
    if not os.path.exists(os.path.join(project, "CMakeLists.txt")):
        raise FatalError("CMakeLists.txt not found in project directory %s" % project)
    if not shutil.which("cmake"):
        raise FatalError('"cmake" must be available on the PATH to use idf.py')
    os.makedirs(build, exist_ok=True)
    cache_path = os.path.join(build, "CMakeCache.txt")
    cache = parse_cache(cache_path)
    ccache = options["ccache"] if options["ccache"] is not None else os.environ.get("IDF_CCACHE_ENABLE") not in (None, "", "0")
    entries = options["defines"] + ["CCACHE_ENABLE=%d" % ccache]
    defines = parse_defines(entries)
    check_target(cache, defines, os.path.join(build, "sdkconfig"))
    if always or any(cache.get(name) != value for name, value in defines.items()):
        generator = options["generator"] or cache.get("CMAKE_GENERATOR") or "Ninja"
        command = ["cmake", "-G", generator, "-DPYTHON_DEPS_CHECKED=1", "-DPYTHON=" + sys.executable, "-DESP_PLATFORM=1"]
        try:
            run_tool("cmake", command + ["-D" + entry for entry in entries] + [project], build)
        except FatalError:
            # A half-valid cache would keep the next run from configuring.
            if os.path.exists(cache_path):
                os.remove(cache_path)
            raise
    cache = parse_cache(cache_path)
    home = cache.get("CMAKE_HOME_DIRECTORY", project)
    if os.path.realpath(home) != project:
        raise FatalError("Build directory '%s' configured for project '%s' not '%s'. Run 'idf.py fullclean' to start again."
                         % (build, os.path.realpath(home), project))
    if os.path.normcase(cache.get("PYTHON", sys.executable)) != os.path.normcase(sys.executable):
        raise FatalError("'%s' is currently active in the environment while the project was configured with '%s'. "
                         "Run 'idf.py fullclean' to start again." % (sys.executable, cache["PYTHON"]))


def fullclean(build):
    if not os.path.isdir(build):
        print("Build directory '%s' not found. Nothing to clean." % build)
        return
    if os.listdir(build) and not os.path.exists(os.path.join(build, "CMakeCache.txt")):
        raise FatalError("Directory '%s' doesn't seem to be a CMake build directory. Refusing to automatically delete "
                         "files in this directory. Delete the directory manually to 'clean' it." % build)
    for name in os.listdir(build):
        path = os.path.join(build, name)
        if os.path.isdir(path) and not os.path.islink(path):
            shutil.rmtree(path)
        else:
            os.remove(path)


def size(build):
    path = os.path.join(build, "micropython.bin")
    if not os.path.exists(path):
        raise FatalError("no application in %s" % build)
    print("Total image size: %d bytes (.bin may be padded larger)" % os.path.getsize(path))


def main():
    options = parse(sys.argv[1:])
    if not options["actions"]:
        print("Usage: idf.py [OPTIONS] COMMAND1 [ARGS]... [COMMAND2 [ARGS]...]...")
        return
    os.environ["IDF_PATH"] = IDF_PATH
    for action in options["actions"]:
        print("Executing action: %s" % action, flush=True)
        if action == "fullclean":
            fullclean(options["build"])
            continue
        configure(options, action == "reconfigure")
        if action == "size":
            size(options["build"])
        elif ACTIONS[action]:
            run_tool("ninja", ["ninja", ACTIONS[action]], options["build"])
    if "build" in options["actions"]:
        print("\nProject build complete. To flash, run:\n idf.py flash")


if __name__ == "__main__":
    try:
        main()
    except FatalError as error:
        sys.stdout.flush()
        print(error, file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)
