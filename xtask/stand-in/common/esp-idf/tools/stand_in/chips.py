"""What the stand-in has to know about each chip: ELF machine, addresses, plausible sizes.

The address ranges are those of ESP-IDF's memory maps as esptool's chip files have them.
"""

XTENSA, RISCV = 94, 243

# Sizes in bytes of the application's parts for `-O2`; the whole image comes to about 1.6 MB, as MicroPython's does.
CHIPS = {
    "esp32": dict(machine=XTENSA, drom=0x3F400020, irom=0x400D0020, dram=0x3FFB0000, iram=0x40080000,
                  boot_dram=0x3FFF0000, boot_iram=0x40078000, text=0x13A000, rodata=0x3C000, mcu="xtensa-esp32-elf-",
                  uf2=0x1C5F21B0),
    "esp32s3": dict(machine=XTENSA, drom=0x3C160020, irom=0x42000020, dram=0x3FC98000, iram=0x40374000,
                    boot_dram=0x3FCD5810, boot_iram=0x403C9700, text=0x126000, rodata=0x3E000,
                    mcu="xtensa-esp32s3-elf-", uf2=0xC47E5767),
    "esp32c3": dict(machine=RISCV, drom=0x3C160020, irom=0x42000020, dram=0x3FC90000, iram=0x40380000,
                    boot_dram=0x3FCD5810, boot_iram=0x403CC710, text=0x14B800, rodata=0x40000,
                    mcu="riscv32-esp-elf-", uf2=0xD42BA06C),
}
IRAM_SIZE = 0x15800
DRAM_SIZE = 0x3C00


def sizes(chip, config):
    """Code and constants' sizes that this configuration might give: a smaller build is asked for by the same symbols."""
    text, rodata = CHIPS[chip]["text"], CHIPS[chip]["rodata"]
    if config.get("COMPILER_OPTIMIZATION_SIZE"):
        text -= text // 16
    if not config.get("BT_ENABLED"):
        text -= 0x28000
    if not config.get("ETH_USE_SPI_ETHERNET"):
        text -= 0xA000
    if config.get("COMPILER_OPTIMIZATION_CHECKS_SILENT"):
        rodata -= 0x8000
    if config.get("LOG_MAXIMUM_LEVEL", 3) < 3:
        rodata -= 0x10000
    if config.get("COMPILER_OPTIMIZATION_ASSERTIONS_ENABLE"):
        rodata += 0xC000
    return text, rodata
