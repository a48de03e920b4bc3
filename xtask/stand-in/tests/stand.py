"""What the tests share: a materialised pair, an activated environment, a project of one's own, calls of idf.py."""

import json
import os
import shutil
import subprocess
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
PYTHONS = {"1.28": os.environ.get("XTASK_STAND_IN_PYTHON"), "1.23": os.environ.get("XTASK_STAND_IN_PYTHON_1_23")}


class Pair:
    """The two trees of a pair, and the environment that `idf_tools.py export` describes."""

    def __init__(self, name):
        self.name, self.python = name, PYTHONS[name]
        self.root = tempfile.mkdtemp(prefix="stand in é ")
        subprocess.run([os.path.join(HERE, "materialise.sh"), name, self.root], check=True)
        self.mp, self.idf = os.path.join(self.root, "micropython"), os.path.join(self.root, "esp-idf")
        self.port = os.path.join(self.mp, "ports/esp32")
        base = {key: os.environ[key] for key in ("PATH", "HOME") if key in os.environ}
        base.update(PYTHONDONTWRITEBYTECODE="1", LC_ALL="C.UTF-8")
        asked = dict(base, IDF_PYTHON_ENV_PATH=os.path.dirname(os.path.dirname(self.python)))
        out = subprocess.run([self.python, os.path.join(self.idf, "tools/idf_tools.py"), "export", "--format", "key-value"],
                             env=asked, stdout=subprocess.PIPE, universal_newlines=True, check=True).stdout
        exported = dict(line.split("=", 1) for line in out.splitlines())
        exported["PATH"] = exported["PATH"].replace("$PATH", base["PATH"])
        cross = os.path.join(self.mp, "mpy-cross/mpy-cross.py")
        self.env = dict(asked, IDF_PATH=self.idf, MICROPY_MPYCROSS=cross, SOURCE_DATE_EPOCH="1700000000", **exported)

    def status(self):
        return subprocess.run(["git", "-C", self.mp, "status", "--short"], stdout=subprocess.PIPE,
                              universal_newlines=True).stdout


class Case(unittest.TestCase):
    """A test with a folder of its own; `self.pair` is made once for each class."""

    pair_name = "1.28"

    @classmethod
    def setUpClass(cls):
        if not PYTHONS[cls.pair_name]:
            raise unittest.SkipTest("no Python environment named for the pair " + cls.pair_name)
        cls.pair = Pair(cls.pair_name)

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.pair.root)

    def setUp(self):
        self.dir = tempfile.mkdtemp(prefix="stand in build é ")
        self.addCleanup(shutil.rmtree, self.dir)
        self.build = os.path.join(self.dir, "build")

    def idf(self, action, board="ESP32_GENERIC_S3", defines=(), code=0, fault=None, project=None, **extra):
        command = [self.pair.python, os.path.join(self.pair.idf, "tools/idf.py"), "-C", project or self.pair.port,
                   "-B", self.build, "-D", "MICROPY_BOARD=" + board]
        for define in defines:
            command += ["-D", define]
        env = dict(self.pair.env, **extra)
        if fault:
            env["XTASK_STAND_IN_FAULT"] = fault
        run = subprocess.run(command + [action], env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                             universal_newlines=True)
        self.assertEqual(run.returncode, code, run.stdout[-3000:])
        return run.stdout

    def board(self, fragment, base="ESP32_GENERIC_S3", target="esp32s3", name="OWN"):
        """A board folder outside the tree: the base's fragments, then one of its own; returns the defines for it."""
        folder = os.path.join(self.dir, name)
        os.makedirs(folder, exist_ok=True)
        self.write(os.path.join(folder, "sdkconfig.board"), fragment)
        include = os.path.join(self.pair.port, "boards", base)
        self.write(os.path.join(folder, "mpconfigboard.h"), '#include "%s/mpconfigboard.h"\n' % include)
        self.write(os.path.join(folder, "mpconfigboard.cmake"),
                   'include("%s/mpconfigboard.cmake")\nlist(APPEND SDKCONFIG_DEFAULTS "${MICROPY_BOARD_DIR}/sdkconfig.board")\n'
                   % include)
        return ["MICROPY_BOARD_DIR=" + folder]

    def table(self, rows, name="own.csv"):
        path = os.path.join(self.dir, name)
        self.write(path, rows)
        return 'CONFIG_PARTITION_TABLE_CUSTOM=y\nCONFIG_PARTITION_TABLE_CUSTOM_FILENAME="%s"\n' % path

    def module(self, name="own", source=None, cmake=""):
        folder = os.path.join(self.dir, "modules", name)
        os.makedirs(folder, exist_ok=True)
        self.write(os.path.join(folder, "micropython.cmake"),
                   "add_library(usermod_%s INTERFACE)\n"
                   "target_sources(usermod_%s INTERFACE ${CMAKE_CURRENT_LIST_DIR}/%s.c)\n"
                   "target_include_directories(usermod_%s INTERFACE ${CMAKE_CURRENT_LIST_DIR})\n"
                   "target_link_libraries(usermod INTERFACE usermod_%s)\n%s" % (name, name, name, name, name, cmake))
        self.write(os.path.join(folder, name + ".h"), "#define OWN_VALUE 42\n")
        self.write(os.path.join(folder, name + ".c"), source or (
            '#include "py/runtime.h"\n#include "%s.h"\nstatic int answer(void) {\n    return OWN_VALUE;\n}\n'
            "MP_REGISTER_MODULE(MP_QSTR_%s, %s_user_cmodule);\n" % (name, name, name)))
        return os.path.join(folder, "micropython.cmake")

    def makeimg(self, code=0, **extra):
        args = ["sdkconfig", "bootloader/bootloader.bin", "partition_table/partition-table.bin", "micropython.bin",
                "firmware.bin", "micropython.uf2"]
        run = subprocess.run([self.pair.python, os.path.join(self.pair.port, "makeimg.py")]
                             + [os.path.join(self.build, name) for name in args], env=dict(self.pair.env, **extra),
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT, universal_newlines=True)
        self.assertEqual(run.returncode, code, run.stdout)
        return run.stdout

    def image_info(self, name):
        return subprocess.run([self.pair.python, "-m", "esptool", "image_info", "--version", "2",
                               os.path.join(self.build, name)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              env=self.pair.env, universal_newlines=True).stdout

    def write(self, path, text):
        with open(path, "w", encoding="utf-8", newline="") as f:
            f.write(text)

    def read(self, name):
        with open(os.path.join(self.build, name), encoding="utf-8", errors="replace") as f:
            return f.read()

    def bytes(self, name):
        with open(os.path.join(self.build, name), "rb") as f:
            return f.read()

    def json(self, name):
        return json.loads(self.read(name))

    def exists(self, name):
        return os.path.exists(os.path.join(self.build, name))

    def processes(self):
        """Numbers of the processes that have the build folder in their command line."""
        found = []
        for name in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open("/proc/%s/cmdline" % name, "rb") as f:
                    if self.build.encode() in f.read():
                        found.append(int(name))
            except OSError:
                pass  # it has ended meanwhile
        return found
