// A source of the stand-in's MicroPython: only its name and its place matter.
#include "py/runtime.h"

static const char obj_name[] = "py/obj.c";

int stand_in_obj(int value) {
    return value + (int)sizeof(obj_name) + MP_QSTR_obj;
}
