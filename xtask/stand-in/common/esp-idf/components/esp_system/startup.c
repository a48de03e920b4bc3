// A source of the stand-in's ESP-IDF: only its name and its place matter.
#include "sdkconfig.h"

int stand_in_esp_system_startup(int value) {
    return value + 7;
}
