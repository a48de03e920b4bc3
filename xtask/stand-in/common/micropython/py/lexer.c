// A source of the stand-in's MicroPython: only its name and its place matter.
#include "py/runtime.h"

static const char lexer_name[] = "py/lexer.c";

int stand_in_lexer(int value) {
    return value + (int)sizeof(lexer_name) + MP_QSTR_lexer;
}
