// A source of the stand-in's MicroPython: only its name and its place matter.
#include "py/runtime.h"

static const char vm_name[] = "py/vm.c";

int stand_in_vm(int value) {
    return value + (int)sizeof(vm_name) + MP_QSTR_vm;
}
