"""Faults on demand: what the environment's XTASK_STAND_IN_FAULT (a comma list) asks the stand-in to get wrong."""

import os
import signal
import subprocess
import sys
import time

# A hang ends by itself after this long, so that a test that forgets to kill it leaves nothing behind for ever.
HANG_SECONDS = 3600


def asked(name):
    wanted = os.environ.get("XTASK_STAND_IN_FAULT", "")
    return name in [word.strip() for word in wanted.split(",")]


def hang(where):
    """Hangs together with a child process that hangs too: whoever ends this has to end the whole group."""
    print("stand-in: hanging in %s (pid %d)" % (where, os.getpid()), flush=True)
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(%d)" % HANG_SECONDS])
    with open("stand-in-hang.pids", "w") as f:
        f.write("%d\n%d\n" % (os.getpid(), child.pid))
    time.sleep(HANG_SECONDS)


def crash():
    """Ends as a program does that the kernel kills for want of memory."""
    os.kill(os.getpid(), signal.SIGKILL)
