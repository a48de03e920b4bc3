// The release that this tree stands in for, and what every source includes.
#pragma once
#define MICROPY_VERSION_MAJOR 1
#define MICROPY_VERSION_MINOR 23
#define MICROPY_VERSION_MICRO 0
#define MICROPY_VERSION_PRERELEASE 0
#include "mpconfigport.h"
#ifndef MICROPY_HW_MCU_NAME
#define MICROPY_HW_MCU_NAME "unknown"
#endif
