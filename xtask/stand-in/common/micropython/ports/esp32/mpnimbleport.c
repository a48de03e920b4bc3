// A source of the stand-in's MicroPython: only its name and its place matter.
#include "py/runtime.h"

static const char mpnimbleport_name[] = "ports/esp32/mpnimbleport.c";

int stand_in_mpnimbleport(int value) {
    return value + (int)sizeof(mpnimbleport_name) + MP_QSTR_mpnimbleport;
}
