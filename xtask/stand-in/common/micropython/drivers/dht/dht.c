// A source of the stand-in's MicroPython: only its name and its place matter.
#include "py/runtime.h"

static const char dht_name[] = "drivers/dht/dht.c";

int stand_in_dht(int value) {
    return value + (int)sizeof(dht_name) + MP_QSTR_dht;
}
