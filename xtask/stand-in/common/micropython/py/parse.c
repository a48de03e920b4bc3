// A source of the stand-in's MicroPython: only its name and its place matter.
#include "py/runtime.h"

static const char parse_name[] = "py/parse.c";

int stand_in_parse(int value) {
    return value + (int)sizeof(parse_name) + MP_QSTR_parse;
}
