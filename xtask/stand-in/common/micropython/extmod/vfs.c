// A source of the stand-in's MicroPython: only its name and its place matter.
#include "py/runtime.h"

static const char vfs_name[] = "extmod/vfs.c";

int stand_in_vfs(int value) {
    return value + (int)sizeof(vfs_name) + MP_QSTR_vfs;
}
