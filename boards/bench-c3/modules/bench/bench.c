// The module `bench`: how long a function of Python takes, without the time of the loop around it.

#include "py/mphal.h"
#include "py/obj.h"
#include "py/runtime.h"

// bench.ticks(function, count): microseconds that `count` calls take.
static mp_obj_t bench_ticks(mp_obj_t function, mp_obj_t count_in) {
    mp_int_t count = mp_obj_get_int(count_in);
    if (count < 0) {
        mp_raise_ValueError(MP_ERROR_TEXT("count must not be negative"));
    }
    mp_uint_t start = mp_hal_ticks_us();
    for (mp_int_t i = 0; i < count; i++) {
        mp_call_function_0(function);
    }
    return mp_obj_new_int_from_uint(mp_hal_ticks_us() - start);
}
static MP_DEFINE_CONST_FUN_OBJ_2(bench_ticks_obj, bench_ticks);

static const mp_rom_map_elem_t bench_globals_table[] = {
    { MP_ROM_QSTR(MP_QSTR___name__), MP_ROM_QSTR(MP_QSTR_bench) },
    { MP_ROM_QSTR(MP_QSTR_ticks), MP_ROM_PTR(&bench_ticks_obj) },
};
static MP_DEFINE_CONST_DICT(bench_globals, bench_globals_table);

const mp_obj_module_t bench_module = {
    .base = { &mp_type_module },
    .globals = (mp_obj_dict_t *)&bench_globals,
};
MP_REGISTER_MODULE(MP_QSTR_bench, bench_module);
