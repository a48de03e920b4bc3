// A source of the stand-in's ESP-IDF: only its name and its place matter.
#include "sdkconfig.h"

int stand_in_bootloader_support_esp_image_format(int value) {
    return value + 16;
}
