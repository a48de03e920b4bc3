"""Puts mpy-cross where a build of the real one would: the argument is the wanted path."""

import os
import shutil
import sys

sys.dont_write_bytecode = True
sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../tools"))

import stand_in_hang

target = sys.argv[1]
os.makedirs(os.path.dirname(os.path.abspath(target)), exist_ok=True)
stand_in_hang.if_asked("hang-mpy-cross", os.path.dirname(os.path.abspath(target)))
shutil.copyfile(os.path.join(os.path.dirname(os.path.abspath(__file__)), "mpy-cross.py"), target)
os.chmod(target, 0o755)
print("LINK %s" % target)
