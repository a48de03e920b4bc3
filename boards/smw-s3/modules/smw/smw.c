// The module `smw`: a checksum that is too slow in Python, and the protocol's version.

#include "py/obj.h"
#include "py/runtime.h"

#define SMW_PROTOCOL (3)

// CRC-8 with the polynomial 0x07 and the start value 0, as the sensor bus of the board uses it.
static mp_obj_t smw_crc8(mp_obj_t data_in) {
    mp_buffer_info_t data;
    mp_get_buffer_raise(data_in, &data, MP_BUFFER_READ);
    const uint8_t *bytes = data.buf;
    uint8_t crc = 0;
    for (size_t i = 0; i < data.len; i++) {
        crc ^= bytes[i];
        for (int bit = 0; bit < 8; bit++) {
            crc = (crc & 0x80) ? (uint8_t)((crc << 1) ^ 0x07) : (uint8_t)(crc << 1);
        }
    }
    return MP_OBJ_NEW_SMALL_INT(crc);
}
static MP_DEFINE_CONST_FUN_OBJ_1(smw_crc8_obj, smw_crc8);

static const mp_rom_map_elem_t smw_globals_table[] = {
    { MP_ROM_QSTR(MP_QSTR___name__), MP_ROM_QSTR(MP_QSTR_smw) },
    { MP_ROM_QSTR(MP_QSTR_crc8), MP_ROM_PTR(&smw_crc8_obj) },
    { MP_ROM_QSTR(MP_QSTR_PROTOCOL), MP_ROM_INT(SMW_PROTOCOL) },
};
static MP_DEFINE_CONST_DICT(smw_globals, smw_globals_table);

const mp_obj_module_t smw_module = {
    .base = { &mp_type_module },
    .globals = (mp_obj_dict_t *)&smw_globals,
};
MP_REGISTER_MODULE(MP_QSTR_smw, smw_module);
