#ifndef MICROPY_HW_BOARD_NAME
// mpconfigboard.cmake may set it.
#define MICROPY_HW_BOARD_NAME "Generic ESP32C3 module"
#endif
#ifndef MICROPY_HW_MCU_NAME
#define MICROPY_HW_MCU_NAME "ESP32C3"
#endif
