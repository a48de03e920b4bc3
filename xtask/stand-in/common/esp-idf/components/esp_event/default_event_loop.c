// A source of the stand-in's ESP-IDF: only its name and its place matter.
#include "sdkconfig.h"

int stand_in_esp_event_default_event_loop(int value) {
    return value + 18;
}
