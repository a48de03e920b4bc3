// The port's settings.
#pragma once
#include "mpconfigboard.h"
#define MICROPY_PY_ESP32 (1)
