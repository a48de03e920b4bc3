# The partition that holds the filesystem.
from esp32 import Partition

found = Partition.find(Partition.TYPE_DATA, label="vfs")
bdev = found[0] if found else None
