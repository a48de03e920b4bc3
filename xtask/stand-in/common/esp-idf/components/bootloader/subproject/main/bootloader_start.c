// The stand-in's bootloader.
#include "sdkconfig.h"

int call_start_cpu0(void) {
    for (;;) {
    }
}
