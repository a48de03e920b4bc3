// Where the stand-in's MicroPython would start: it carries the banner's words.
#include "py/runtime.h"
#include "py/mpconfig.h"
#include "genhdr/mpversion.h"

const char banner[] = "stand-in port";

void app_main(void) {
}
