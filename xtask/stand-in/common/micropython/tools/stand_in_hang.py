"""Hangs together with a child process that hangs too: whoever ends this has to end the whole group."""

import os
import subprocess
import sys
import time

# A hang ends by itself after this long, so that a test that forgets to kill it leaves nothing behind for ever.
HANG_SECONDS = 3600


def if_asked(fault, folder):
    """Writes both process ids to `stand-in-hang.pids` in the folder and hangs, when this fault is asked for."""
    if fault not in os.environ.get("XTASK_STAND_IN_FAULT", "").split(","):
        return
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(%d)" % HANG_SECONDS])
    with open(os.path.join(folder, "stand-in-hang.pids"), "w") as f:
        f.write("%d\n%d\n" % (os.getpid(), child.pid))
    time.sleep(HANG_SECONDS)
