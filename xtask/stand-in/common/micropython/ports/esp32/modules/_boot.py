# Mounts the filesystem, or makes one: without this module there is none.
import gc
import vfs
from flashbdev import bdev

if bdev:
    try:
        vfs.mount(bdev, "/")
    except OSError:
        import inisetup

        inisetup.setup()
gc.collect()
