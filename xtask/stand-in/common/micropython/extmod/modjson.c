// A source of the stand-in's MicroPython: only its name and its place matter.
#include "py/runtime.h"

static const char modjson_name[] = "extmod/modjson.c";

int stand_in_modjson(int value) {
    return value + (int)sizeof(modjson_name) + MP_QSTR_modjson;
}
