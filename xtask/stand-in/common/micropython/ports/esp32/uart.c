// A source of the stand-in's MicroPython: only its name and its place matter.
#include "py/runtime.h"

static const char uart_name[] = "ports/esp32/uart.c";

int stand_in_uart(int value) {
    return value + (int)sizeof(uart_name) + MP_QSTR_uart;
}
