# Generated headers and frozen content, for the main component.
set(MICROPY_GENHDR_DIR "${CMAKE_BINARY_DIR}/genhdr")
set(MICROPY_MPVERSION "${MICROPY_GENHDR_DIR}/mpversion.h")
set(MICROPY_QSTRDEFS_GENERATED "${MICROPY_GENHDR_DIR}/qstrdefs.generated.h")
set(Python3_EXECUTABLE ${PYTHON})

add_custom_target(BUILD_VERSION_HEADER ALL
    BYPRODUCTS ${MICROPY_MPVERSION}
    COMMAND ${Python3_EXECUTABLE} ${MICROPY_DIR}/py/makeversionhdr.py ${MICROPY_MPVERSION}
    COMMENT "Generating genhdr/mpversion.h"
    VERBATIM)

string(REPLACE ";" "\n" text "${MICROPY_SOURCE_QSTR}")
file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/stand_in/qstr.rsp CONTENT "${text}\n" @ONLY)
set(existing ${MICROPY_SOURCE_QSTR})
list(FILTER existing EXCLUDE REGEX "^${CMAKE_BINARY_DIR}/")
add_custom_command(OUTPUT ${MICROPY_QSTRDEFS_GENERATED}
    COMMAND ${Python3_EXECUTABLE} ${MICROPY_DIR}/py/makeqstrdefs.py ${CMAKE_BINARY_DIR}/stand_in/qstr.rsp
        ${MICROPY_QSTRDEFS_GENERATED}
    DEPENDS ${existing} ${CMAKE_BINARY_DIR}/stand_in/qstr.rsp
    COMMENT "Generating genhdr/qstrdefs.generated.h"
    VERBATIM)

# Built by itself when the environment names none: it lands in the checkout's mpy-cross/build.
set(MICROPY_MPYCROSS_DEPENDENCY "")
if(NOT DEFINED ENV{MICROPY_MPYCROSS})
    set(MICROPY_MPYCROSS_DEPENDENCY ${MICROPY_DIR}/mpy-cross/build/mpy-cross)
    add_custom_command(OUTPUT ${MICROPY_MPYCROSS_DEPENDENCY}
        COMMAND ${Python3_EXECUTABLE} ${MICROPY_DIR}/mpy-cross/install.py ${MICROPY_MPYCROSS_DEPENDENCY}
        COMMENT "Building mpy-cross"
        VERBATIM)
endif()

set(MICROPY_FROZEN_CONTENT "${CMAKE_BINARY_DIR}/frozen_content.c")
set(manifest_args "")
foreach(pair "PORT_DIR=${MICROPY_PORT_DIR}" "BOARD_DIR=${MICROPY_BOARD_DIR}" "MPY_DIR=${MICROPY_DIR}"
        "MPY_LIB_DIR=${MICROPY_DIR}/lib/micropython-lib")
    list(APPEND manifest_args -v ${pair})
endforeach()
add_custom_target(BUILD_FROZEN_CONTENT ALL
    BYPRODUCTS ${MICROPY_FROZEN_CONTENT}
    COMMAND ${Python3_EXECUTABLE} ${MICROPY_DIR}/tools/makemanifest.py -o ${MICROPY_FROZEN_CONTENT} ${manifest_args}
        -b ${CMAKE_BINARY_DIR} ${MICROPY_FROZEN_MANIFEST}
    DEPENDS ${MICROPY_QSTRDEFS_GENERATED} ${MICROPY_MPYCROSS_DEPENDENCY}
    COMMENT "Generating frozen_content.c"
    VERBATIM)
