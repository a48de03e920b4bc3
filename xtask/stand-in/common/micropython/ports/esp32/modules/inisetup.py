# First start: makes the filesystem.
import vfs
from flashbdev import bdev


def setup():
    vfs.VfsLfs2.mkfs(bdev)
    vfs.mount(vfs.VfsLfs2(bdev), "/")
