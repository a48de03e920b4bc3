// A source of the stand-in's MicroPython: only its name and its place matter.
#include "py/runtime.h"

static const char objdict_name[] = "py/objdict.c";

int stand_in_objdict(int value) {
    return value + (int)sizeof(objdict_name) + MP_QSTR_objdict;
}
