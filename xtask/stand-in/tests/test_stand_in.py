"""The behaviours of the stand-in that the tool's own tests rest on, one test for each hazard of the real build.

Run with XTASK_STAND_IN_PYTHON (and XTASK_STAND_IN_PYTHON_1_23) naming the Python of an environment that has what
requirements-1.28.txt (-1.23.txt) lists:  python3 -m unittest discover -s xtask/stand-in/tests
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import stand

OTA = ("nvs,data,nvs,0x9000,0x4000\notadata,data,ota,0xd000,0x2000\nphy_init,data,phy,0xf000,0x1000\n"
       "ota_0,app,ota_0,0x10000,%s\nota_1,app,ota_1,,%s\n")
FLASH_8MB = "CONFIG_ESPTOOLPY_FLASHSIZE_8MB=y\n"


class Outputs(stand.Case):
    def test_a_build_has_the_real_ones_outputs(self):
        self.idf("build", "ESP32_GENERIC_S3", self.board(FLASH_8MB + self.table(OTA % ("0x270000", "0x270000"))))
        for name in ("sdkconfig", "sdkconfig.combined", "flasher_args.json", "flash_args", "project_description.json",
                     "config/sdkconfig.json", "config/sdkconfig.h", "config/kconfig_menus.json", "micropython.elf",
                     "micropython.map", "micropython.bin", "bootloader/bootloader.bin", "bootloader/config/sdkconfig.json",
                     "partition_table/partition-table.bin", "ota_data_initial.bin"):
            self.assertTrue(self.exists(name), name)
        self.assertEqual(len(self.bytes("partition_table/partition-table.bin")), 0xC00)
        self.assertEqual(self.bytes("ota_data_initial.bin"), b"\xff" * 0x2000)
        flash = self.json("flasher_args.json")
        self.assertEqual(flash["flash_files"]["0xd000"], "ota_data_initial.bin")
        self.assertEqual(flash["flash_settings"]["flash_size"], "8MB")
        self.assertEqual(self.json("project_description.json")["git_revision"], "v5.5.1")
        self.assertTrue(self.json("bootloader/config/sdkconfig.json")["BOOTLOADER_APP_ROLLBACK_ENABLE"])
        self.assertEqual(self.pair.status(), "")
        for name in ("micropython.bin", "bootloader/bootloader.bin"):
            info = self.image_info(name)
            self.assertIn("Flash size: 8MB", info)
            self.assertIn("ESP-IDF: v5.5.1", info)
            self.assertEqual(info.count("(valid)"), 2, info)
        self.makeimg()
        merged = self.bytes("firmware.bin")
        self.assertEqual(merged[0x8000:0x8C00], self.bytes("partition_table/partition-table.bin"))
        self.assertEqual(merged[0x10000:], self.bytes("micropython.bin"))
        self.assertEqual(merged[0xD000:0xF000], b"\xff" * 0x2000)

    def test_every_board_and_variant_builds_where_the_real_one_does(self):
        for board, variant, info in (("ESP32_GENERIC", "", "ESP32"), ("ESP32_GENERIC", "D2WD", "Flash size: 2MB"),
                                     ("ESP32_GENERIC", "OTA", "ESP32"), ("ESP32_GENERIC_C3", "", "ESP32-C3"),
                                     ("ESP32_GENERIC_S3", "SPIRAM_OCT", "ESP32-S3")):
            with self.subTest(board + variant):
                shutil.rmtree(self.build, ignore_errors=True)
                self.idf("build", board, ["MICROPY_BOARD_VARIANT=" + variant] if variant else [])
                self.assertIn(info, self.image_info("micropython.bin"))
                self.makeimg()

    def test_nothing_to_do_still_runs_the_real_ones_steps(self):
        self.idf("build")
        before = os.stat(os.path.join(self.build, "micropython.bin")).st_mtime_ns
        out = self.idf("build")
        self.assertIn("ninja: no work to do.", out)
        self.assertNotIn("Building C object", out)
        self.assertIn("micropython.bin binary size", out)
        self.assertEqual(os.stat(os.path.join(self.build, "micropython.bin")).st_mtime_ns, before)

    def test_progress_counts_and_dependencies_name_real_files(self):
        module = self.module()
        out = self.idf("build", defines=["USER_C_MODULES=" + module])
        self.assertRegex(out, r"\[\d+/[4-9]\d\] Building C object esp-idf/main/")
        ninja = subprocess.run(["ninja", "-C", self.build, "-t", "deps"], stdout=subprocess.PIPE, env=self.pair.env,
                               universal_newlines=True).stdout
        self.assertIn(os.path.join(os.path.dirname(module), "own.h"), ninja)
        self.assertIn(os.path.join(self.pair.mp, "py/vm.c"), ninja)

    def test_reproducible_builds_are_equal_in_any_build_folder(self):
        defines = self.board("CONFIG_APP_REPRODUCIBLE_BUILD=y\n")
        found = []
        for name in ("one", "two"):
            self.build = os.path.join(self.dir, name)
            self.idf("build", defines=defines)
            found.append([self.bytes(part) for part in ("micropython.bin", "bootloader/bootloader.bin")])
        self.assertTrue(found[0] == found[1], "two builds of the same sources differ")

    def test_the_time_stamp_is_in_the_image_unless_reproducible(self):
        self.idf("build", SOURCE_DATE_EPOCH="1700000000")
        first = self.bytes("micropython.bin")
        self.assertIn(b"Nov 14 2023", first)
        shutil.rmtree(self.build)
        self.idf("build", SOURCE_DATE_EPOCH="1600000000")
        self.assertNotEqual(first, self.bytes("micropython.bin"))

    def test_idf_tools_without_an_environment_fails(self):
        run = subprocess.run([self.pair.python, os.path.join(self.pair.idf, "tools/idf_tools.py"), "export"],
                             env=dict(self.pair.env, IDF_PYTHON_ENV_PATH=self.dir), stderr=subprocess.PIPE,
                             universal_newlines=True)
        self.assertEqual(run.returncode, 1)
        self.assertIn("not found. Please run the install script", run.stderr)


class KeptBuildFolder(stand.Case):
    def test_a_changed_fragment_is_ignored_and_the_log_misleads(self):
        defines = self.board("CONFIG_ESPTOOLPY_FLASHSIZE_4MB=y\n")
        self.idf("build", defines=defines)
        self.board(FLASH_8MB + self.table(OTA % ("0x270000", "0x270000")))
        self.idf("build", defines=defines)
        self.assertIn("CONFIG_ESPTOOLPY_FLASHSIZE_4MB=y", self.read("sdkconfig"))
        out = self.idf("reconfigure", defines=defines)
        self.assertIn("Loading defaults file", out)
        self.assertIn("CONFIG_ESPTOOLPY_FLASHSIZE_8MB=y", self.read("sdkconfig.combined"))
        self.assertIn("CONFIG_ESPTOOLPY_FLASHSIZE_4MB=y", self.read("sdkconfig"))
        self.assertEqual(self.json("flasher_args.json")["flash_settings"]["flash_size"], "4MB")
        os.remove(os.path.join(self.build, "sdkconfig"))
        self.idf("build", defines=defines)
        self.assertIn("CONFIG_ESPTOOLPY_FLASHSIZE_8MB=y", self.read("sdkconfig"))
        self.assertTrue(self.exists("ota_data_initial.bin"))

    def test_another_board_of_the_same_chip_keeps_the_firsts_values(self):
        self.idf("reconfigure", defines=self.board("CONFIG_FREERTOS_HZ=200\n"))
        self.idf("reconfigure", defines=self.board("CONFIG_FREERTOS_HZ=300\n", name="OTHER"))
        self.assertIn("CONFIG_FREERTOS_HZ=200", self.read("sdkconfig"))

    def test_another_chip_in_the_same_folder_is_fatal(self):
        self.idf("reconfigure", "ESP32_GENERIC_C3")
        out = self.idf("reconfigure", "ESP32_GENERIC_S3", code=2)
        self.assertIn("IDF_TARGET 'esp32c3' in CMake cache does not match currently selected IDF_TARGET 'esp32s3'",
                      " ".join(out.split()))

    def test_the_environments_target_beats_the_boards(self):
        self.idf("reconfigure", "ESP32_GENERIC_S3", IDF_TARGET="esp32c3")
        self.assertIn('CONFIG_IDF_TARGET="esp32c3"', self.read("sdkconfig"))

    def test_a_stray_sdkconfig_in_the_project_folder_sets_the_target_of_a_board_that_names_none(self):
        stray = os.path.join(self.pair.port, "sdkconfig")
        self.write(stray, 'CONFIG_IDF_TARGET="esp32c3"\n')
        self.addCleanup(os.remove, stray)
        self.idf("reconfigure", "ESP32_GENERIC")
        self.assertIn('CONFIG_IDF_TARGET="esp32c3"', self.read("sdkconfig"))

    def test_a_second_defaults_file_with_the_chips_name_is_read(self):
        self.idf("reconfigure")
        self.write(os.path.join(self.build, "sdkconfig.combined.esp32s3"), "CONFIG_FREERTOS_HZ=250\n")
        os.remove(os.path.join(self.build, "sdkconfig"))
        self.idf("reconfigure")
        self.assertIn("CONFIG_FREERTOS_HZ=250", self.read("sdkconfig"))

    def test_the_cache_keeps_an_old_define(self):
        module = self.module()
        self.idf("reconfigure", defines=["USER_C_MODULES=" + module])
        self.assertIn("usermod_own", self.idf("reconfigure"))

    def test_a_csv_edited_in_place_takes_effect(self):
        defines = self.board(FLASH_8MB + self.table(OTA % ("0x270000", "0x270000")))
        self.idf("build", defines=defines)
        before = self.bytes("partition_table/partition-table.bin")
        self.table(OTA % ("0x280000", "0x280000"))
        self.idf("build", defines=defines)
        self.assertNotEqual(before, self.bytes("partition_table/partition-table.bin"))

    def test_an_edited_source_is_compiled_again(self):
        module = self.module()
        self.idf("build", defines=["USER_C_MODULES=" + module])
        before = self.bytes("micropython.bin")
        self.write(os.path.join(os.path.dirname(module), "own.h"), "#define OWN_VALUE 43\n")
        out = self.idf("build", defines=["USER_C_MODULES=" + module])
        self.assertEqual(len(re.findall(r"Building C object", out)), 1)
        self.assertNotEqual(before, self.bytes("micropython.bin"))

    def test_another_project_in_the_same_folder_is_refused(self):
        self.idf("reconfigure")
        other = os.path.join(self.dir, "project")
        shutil.copytree(self.pair.port, other)
        self.assertIn("configured for project", self.idf("build", project=other, code=2))


class Variants(stand.Case):
    def test_an_unknown_variant_is_fatal(self):
        out = self.idf("reconfigure", "ESP32_GENERIC_S3", ["MICROPY_BOARD_VARIANT=OTA"], code=2)
        self.assertIn("Invalid MICROPY_BOARD_VARIANT specified: OTA", out)
        self.assertIn("output of the command is in the", out)

    def test_a_copied_board_reads_the_in_tree_fragment(self):
        folder = os.path.join(self.dir, "COPY")
        shutil.copytree(os.path.join(self.pair.port, "boards/ESP32_GENERIC_S3"), folder)
        self.write(os.path.join(folder, "sdkconfig.board"), FLASH_8MB)
        self.idf("reconfigure", "COPY", ["MICROPY_BOARD_DIR=" + folder])
        self.assertNotIn("CONFIG_ESPTOOLPY_FLASHSIZE_8MB=y", self.read("sdkconfig"))
        self.assertIn('CONFIG_PARTITION_TABLE_CUSTOM_FILENAME="partitions-4MiBplus.csv"', self.read("sdkconfig"))

    def test_a_missing_fragment_is_an_error(self):
        defines = self.board("")
        os.remove(os.path.join(self.dir, "OWN/sdkconfig.board"))
        self.assertIn("failed to open for reading", self.idf("reconfigure", defines=defines, code=2))


class Kconfig(stand.Case):
    def configure(self, fragment, board="ESP32_GENERIC_S3", **extra):
        shutil.rmtree(self.build, ignore_errors=True)
        out = self.idf("reconfigure", board, self.board(fragment, base=board), **extra)
        return " ".join(out.split()), self.read("sdkconfig")

    def test_an_unknown_symbol_is_a_warning_and_the_stock_board_has_one(self):
        out, _ = self.configure('CONFIG_NO_SUCH_THING="abc"\n')
        self.assertIn("unknown kconfig symbol 'NO_SUCH_THING' assigned to '\"abc\"'", out)
        self.assertIn("unknown kconfig symbol 'XTAL_FREQ_AUTO'", out)

    def test_a_choice_set_twice_is_an_info_line_and_the_last_wins(self):
        out, config = self.configure("CONFIG_ESPTOOLPY_FLASHSIZE_16MB=y\n")
        self.assertIn("Choice ESPTOOLPY_FLASHSIZE has multiple active selections", out)
        self.assertIn('CONFIG_ESPTOOLPY_FLASHSIZE="16MB"', config)

    def test_a_riscv_board_sets_perf_and_then_size(self):
        out, config = self.configure("", "ESP32_GENERIC_C3")
        self.assertIn("Choice COMPILER_OPTIMIZATION has multiple active selections", out)
        self.assertIn("CONFIG_COMPILER_OPTIMIZATION_SIZE=y", config)

    def test_not_set_on_the_chosen_member_changes_nothing(self):
        _, config = self.configure("CONFIG_ESPTOOLPY_FLASHSIZE_4MB=n\n")
        self.assertIn("CONFIG_ESPTOOLPY_FLASHSIZE_4MB=y", config)

    def test_a_renamed_symbol_is_replaced_with_a_word(self):
        out, config = self.configure("CONFIG_ESP32_WIFI_IRAM_OPT=y\n")
        self.assertIn("CONFIG_ESP32_WIFI_IRAM_OPT was replaced with CONFIG_ESP_WIFI_IRAM_OPT", out)
        self.assertIn("\nCONFIG_ESP_WIFI_IRAM_OPT=y", config)

    def test_values_that_do_not_fit(self):
        for line, words in (
                ("CONFIG_BT_NIMBLE_MAX_CONNECTIONS=99", "ignored due to being outside the active range ([1, 9])"),
                ("CONFIG_BT_NIMBLE_HOST_TASK_STACK_SIZE=abc", "the value 'abc' is invalid for BT_NIMBLE_HOST_TASK_STACK"),
                ("CONFIG_PARTITION_TABLE_MD5=maybe", "'maybe' is not a valid value for the bool symbol PARTITION_TABLE_MD5"),
                ("CONFIG_LWIP_LOCAL_HOSTNAME=abc", "malformed string literal in assignment to LWIP_LOCAL_HOSTNAME"),
                ("this is garbage", "ignoring malformed line 'this is garbage'")):
            with self.subTest(line):
                self.assertIn(words, self.configure(line + "\n")[0])

    def test_an_unmet_dependency_and_a_promptless_symbol_are_silent(self):
        out, config = self.configure("CONFIG_BOOTLOADER_APP_SECURE_VERSION=3\nCONFIG_BOOTLOADER_OFFSET_IN_FLASH=0x2000\n")
        self.assertNotIn("SECURE_VERSION", out + config)
        self.assertNotIn("BOOTLOADER_OFFSET_IN_FLASH", out)
        self.assertIn("CONFIG_BOOTLOADER_OFFSET_IN_FLASH=0x0", config)

    def test_a_select_beats_a_request_in_silence(self):
        out, config = self.configure("CONFIG_ESP_PERIPH_CTRL_FUNC_IN_IRAM=n\n")
        self.assertIn("CONFIG_ESP_PERIPH_CTRL_FUNC_IN_IRAM=y", config)
        self.assertNotIn("selected", out)

    def test_the_stock_boards_lines_that_do_not_take(self):
        self.idf("reconfigure", "ESP32_GENERIC_C3")
        config, dead = self.read("sdkconfig"), []
        for line in self.read("sdkconfig.combined").splitlines():
            name, _, value = line.partition("=")
            if name.startswith("CONFIG_") and value not in ("n", "") and line not in config.splitlines():
                dead.append(name[7:])
        # Compared with kconfgen on ESP-IDF v5.5.1's own Kconfig files.
        self.assertEqual(sorted(set(dead)), [
            "ADC_CAL_EFUSE_TP_ENABLE", "ADC_CAL_EFUSE_VREF_ENABLE", "ADC_CAL_LUT_ENABLE", "BT_NIMBLE_PINNED_TO_CORE",
            "BT_NIMBLE_PINNED_TO_CORE_1", "COMPILER_OPTIMIZATION_PERF", "IDF_FIRMWARE_CHIP_ID",
            "PCNT_SUPPRESS_DEPRECATE_WARN", "TOUCH_SUPPRESS_DEPRECATE_WARN", "ULP_COPROC_ENABLED",
            "ULP_COPROC_RESERVE_MEM", "ULP_COPROC_TYPE_FSM", "XTAL_FREQ_AUTO"])

    def test_another_host_drops_the_first_ones_options(self):
        _, config = self.configure("CONFIG_BT_BLUEDROID_ENABLED=y\n")
        self.assertNotIn("CONFIG_BT_NIMBLE_MAX_CONNECTIONS", config)

    def test_a_glued_line_loses_both(self):
        defines = self.board("CONFIG_FREERTOS_HZ=200")
        with open(os.path.join(self.dir, "OWN/mpconfigboard.cmake"), "a") as f:
            f.write('list(APPEND SDKCONFIG_DEFAULTS "${MICROPY_BOARD_DIR}/sdkconfig.more")\n')
        self.write(os.path.join(self.dir, "OWN/sdkconfig.more"), FLASH_8MB)
        out = self.idf("reconfigure", defines=defines)
        self.assertIn("'200CONFIG_ESPTOOLPY_FLASHSIZE_8MB=y' is invalid for FREERTOS_HZ", " ".join(out.split()))
        self.assertIn("CONFIG_FREERTOS_HZ=100", self.read("sdkconfig"))
        self.assertIn('CONFIG_ESPTOOLPY_FLASHSIZE="4MB"', self.read("sdkconfig"))

    def test_crlf_is_accepted(self):
        self.assertIn("CONFIG_FREERTOS_HZ=200", self.configure("CONFIG_FREERTOS_HZ=200\r\n")[1])


class Tables(stand.Case):
    def test_a_missing_csv_fails_the_build_not_the_configure(self):
        defines = self.board('CONFIG_PARTITION_TABLE_CUSTOM_FILENAME="nowhere.csv"\n')
        self.assertIn("not found", self.idf("reconfigure", defines=defines))
        out = self.idf("build", defines=defines, code=2)
        self.assertIn("missing and no known rule to make it", out)
        self.assertIn("ports/esp32/nowhere.csv", out)

    def test_an_overlap_fails_the_build_not_the_configure(self):
        rows = "nvs,data,nvs,0x9000,0x6000\nfactory,app,factory,0x10000,0x1f0000\nmore,data,fat,0x1f0000,0x1000\n"
        defines = self.board(self.table(rows))
        self.assertIn("Traceback", self.idf("reconfigure", defines=defines))
        out = self.idf("build", defines=defines, code=2)
        self.assertIn("CSV Error at line 3: Partitions overlap. Partition sets offset 0x1f0000. Previous partition ends "
                      "0x200000", out)

    def test_beyond_the_flash_fails_the_build(self):
        defines = self.board(self.table(OTA % ("0x270000", "0x270000")))
        self.assertNotIn("Traceback", self.idf("reconfigure", defines=defines))
        self.assertIn("which does not fit in configured flash size 4MB", self.idf("build", defines=defines, code=2))

    def test_no_application_passes_until_the_merge(self):
        self.idf("build", defines=self.board(self.table("nvs,data,nvs,0x9000,0x6000\n")))
        self.assertIn("AssertionError", self.makeimg(code=1))

    def test_slots_without_otadata_are_a_success(self):
        rows = "nvs,data,nvs,0x9000,0x6000\nota_0,app,ota_0,0x10000,0x1e0000\nota_1,app,ota_1,0x1f0000,0x1e0000\n"
        out = self.idf("build", defines=self.board(self.table(rows)))
        self.assertNotIn("otadata", out.lower())
        self.assertFalse(self.exists("ota_data_initial.bin"))

    def test_too_large_for_all_slots_fails_after_the_link_and_the_old_image_stays(self):
        defines = self.board(FLASH_8MB + self.table(OTA % ("0x1d0000", "0x1d0000")), "ESP32_GENERIC_C3")
        self.idf("build", "ESP32_GENERIC_C3", defines)
        self.makeimg()
        old = self.bytes("firmware.bin")
        self.table(OTA % ("0x180000", "0x180000"))
        out = self.idf("build", "ESP32_GENERIC_C3", defines, code=2)
        self.assertIn("Error: All app partitions are too small for binary micropython.bin size", out)
        self.assertRegex(out, r"- Part 'ota_0' 0/16 @ 0x10000 size 0x180000 \(overflow 0x\w+\)")
        self.assertEqual(self.bytes("firmware.bin"), old)

    def test_too_large_for_one_slot_is_a_warning(self):
        defines = self.board(FLASH_8MB + self.table(OTA % ("0x1d0000", "0x100000")), "ESP32_GENERIC_C3")
        self.assertIn("Warning: 1/2 app partitions are too small", self.idf("build", "ESP32_GENERIC_C3", defines))

    def test_the_stock_ota_table_is_too_small_for_the_c3(self):
        stock = 'CONFIG_PARTITION_TABLE_CUSTOM_FILENAME="partitions-4MiB-ota.csv"\n'
        self.assertIn("too small", self.idf("build", "ESP32_GENERIC_C3", self.board(stock, "ESP32_GENERIC_C3"), code=2))


class Modules(stand.Case):
    def test_two_modules_are_linked_and_mapped(self):
        modules = ";".join([self.module("one"), self.module("two")])
        out = self.idf("build", defines=["USER_C_MODULES=" + modules])
        self.assertIn("Found User C Module(s): usermod_one, usermod_two", out)
        for name in ("one", "two"):
            path = "CMakeFiles/micropython.elf.dir%s/modules/%s/%s.c.obj" % (os.path.realpath(self.dir), name, name)
            self.assertIn("LOAD " + path, self.read("micropython.map"))
            self.assertRegex(self.read("micropython.map"), r"\.text +0x42\w+ +0x\w+ " + re.escape(path))

    def test_a_module_that_does_not_register_is_discarded(self):
        module = self.module(source="int nothing(void) {\n    return 0;\n}\n")
        self.idf("build", defines=["USER_C_MODULES=" + module])
        lines = [line for line in self.read("micropython.map").splitlines() if "own.c.obj" in line and ".text" in line]
        self.assertEqual([line.split()[1] for line in lines], ["0x00000000"])

    def test_a_folder_is_taken_and_a_missing_path_is_named(self):
        folder = os.path.dirname(self.module())
        self.assertIn("usermod_own", self.idf("reconfigure", defines=["USER_C_MODULES=" + folder]))
        out = self.idf("reconfigure", defines=["USER_C_MODULES=/nowhere/at/all.cmake"], code=2)
        self.assertIn("USER_C_MODULES doesn't exist: /nowhere/at/all.cmake", out)

    def test_compile_errors_are_gccs(self):
        for source, words in (
                ('#include "py/obj.h"\n#error "no good"\n', r'own\.c:2:2: error: #error "no good"'),
                ('#ifdef NOT_SET\n#error no\n#endif\n#include "nope.h"\n', r"own\.c:4:10: fatal error: nope\.h: No such file"),
                ("int f(void) {\n    return (1;\n}\n", r"own\.c:3:1: error: expected '\)' before '\}' token"),
                ("int f(void) {\n", r"own\.c:1:\d+: error: expected declaration or statement at end of input"),
                ("int f(void) {\n}\n}\n", r"own\.c:3:1: error: expected identifier or '\(' before '\}' token")):
            with self.subTest(words):
                shutil.rmtree(self.build, ignore_errors=True)
                out = self.idf("build", defines=["USER_C_MODULES=" + self.module(source=source)], code=2)
                self.assertRegex(out, words)
                self.assertIn("FAILED: ", out)
                self.assertIn("ninja failed with exit code 1, output of the command is in the", out)
                self.assertFalse(self.exists("micropython.bin"))


class Frozen(stand.Case):
    def manifest(self, text):
        path = os.path.join(self.dir, "manifest.py")
        self.write(path, text)
        return ["MICROPY_FROZEN_MANIFEST=" + path]

    def test_names_and_content_reach_the_image(self):
        self.write(os.path.join(self.dir, "hello.py"), "GREETING = 'grüß dich'\n")
        self.idf("build", defines=self.manifest('include("$(PORT_DIR)/boards/manifest.py")\nmodule("hello.py")\n'))
        image = self.bytes("micropython.bin")
        self.assertIn(b"_boot.py\0apa106.py\0", image)
        self.assertIn(b"\0hello.py\0", image)
        self.assertIn("GREETING = 'grüß dich'\n".encode(), image)

    def test_without_the_ports_manifest_there_is_no_boot_module(self):
        self.write(os.path.join(self.dir, "hello.py"), "X = 1\n")
        self.idf("build", defines=self.manifest('module("hello.py")\n'))
        self.assertNotIn(b"_boot.py\0", self.bytes("micropython.bin"))

    def test_a_module_that_changed_is_frozen_again(self):
        self.write(os.path.join(self.dir, "hello.py"), "X = 'before'\n")
        defines = self.manifest('module("hello.py")\n')
        self.idf("build", defines=defines)
        self.write(os.path.join(self.dir, "hello.py"), "X = 'after!'\n")
        self.idf("build", defines=defines)
        self.assertIn(b"X = 'after!'", self.bytes("micropython.bin"))

    def test_a_syntax_error_and_an_unknown_library_fail(self):
        self.write(os.path.join(self.dir, "hello.py"), "def (:\n")
        self.assertIn("error compiling hello.py", self.idf("build", defines=self.manifest('module("hello.py")\n'), code=2))
        out = self.idf("build", defines=self.manifest('require("no-such")\n'), code=2)
        self.assertIn("freeze error executing", out)


class Components(stand.Case):
    def project(self):
        """A project folder of one's own, as the tool makes it: the checkout is left alone."""
        folder = os.path.join(self.dir, "project")
        os.makedirs(folder)
        for name in ("CMakeLists.txt", "main", "lockfiles"):
            path = os.path.join(self.pair.port, name)
            (shutil.copytree if os.path.isdir(path) else shutil.copy)(path, os.path.join(folder, name))
        os.symlink(os.path.join(self.pair.port, "boards"), os.path.join(folder, "boards"))
        for name in os.listdir(self.pair.port):
            if name.endswith(".csv"):
                shutil.copy(os.path.join(self.pair.port, name), folder)
        return folder, ["MICROPY_DIR=" + self.pair.mp, "MICROPY_PORT_DIR=" + self.pair.port]

    def test_a_project_elsewhere_builds_and_leaves_the_checkout_alone(self):
        folder, defines = self.project()
        self.idf("build", defines=defines, project=folder)
        self.assertTrue(os.path.exists(os.path.join(folder, "managed_components/espressif__mdns/.component_hash")))
        self.assertEqual(self.pair.status(), "")

    def test_offline_needs_the_component_to_be_there_already(self):
        folder, defines = self.project()
        out = self.idf("reconfigure", defines=defines, project=folder, code=2, XTASK_STAND_IN_OFFLINE="1")
        self.assertIn("ERROR: Cannot establish a connection to the component registry.", out)
        self.idf("reconfigure", defines=defines, project=folder)
        self.idf("reconfigure", defines=defines, project=folder, XTASK_STAND_IN_OFFLINE="1")

    def test_another_idf_version_rewrites_the_lock(self):
        path = os.path.join(self.pair.idf, "tools/cmake/version.cmake")
        with open(path) as f:
            text = f.read()
        self.addCleanup(self.write, path, text)
        self.write(path, text.replace("PATCH 1", "PATCH 2"))
        lock = os.path.join(self.pair.port, "lockfiles/dependencies.lock.esp32s3")
        self.addCleanup(subprocess.run, ["git", "-C", self.pair.mp, "checkout", "-q", "."])
        self.assertIn("Component lockfile contents have changed", " ".join(self.idf("reconfigure").split()))
        with open(lock) as f:
            self.assertIn("version: 5.5.2", f.read())
        out = self.idf("reconfigure", code=2, MICROPY_MAINTAINER_BUILD="1")
        self.assertIn("Failing build as lockfile is dirty", " ".join(out.split()))


class Faults(stand.Case):
    def test_each_fault_that_ends_a_build(self):
        for fault, words in (("configure-fails", "cmake failed with exit code 1"), ("compile-error", r"vm\.c:3:5: error:"),
                             ("crash-compile", "FAILED: "), ("disk-full", "No space left on device"),
                             ("disk-full-link", "ld: final link failed"), ("mpy-cross-fails", "error compiling")):
            with self.subTest(fault):
                shutil.rmtree(self.build, ignore_errors=True)
                self.assertRegex(self.idf("build", fault=fault, code=2), words)
                self.assertFalse(self.exists("micropython.bin"))
        self.idf("build")

    def test_crash_of_idf_py_itself(self):
        self.idf("build", fault="crash-idf", code=-signal.SIGKILL)
        # Ninja dies of its broken pipe; what it had started runs on in groups of its own, as in a real build.
        deadline = time.monotonic() + 60
        while self.processes():
            self.assertLess(time.monotonic(), deadline, "a step of the build did not end")
            time.sleep(0.05)

    def test_a_hang_has_a_child_and_ends_with_the_group(self):
        for fault, folder in (("hang-configure", ""), ("hang-compile", "")):
            with self.subTest(fault):
                shutil.rmtree(self.build, ignore_errors=True)
                env = dict(self.pair.env, XTASK_STAND_IN_FAULT=fault)
                run = subprocess.Popen([self.pair.python, os.path.join(self.pair.idf, "tools/idf.py"), "-C", self.pair.port,
                                        "-B", self.build, "build"], env=env, stdout=subprocess.PIPE,
                                       stderr=subprocess.STDOUT, start_new_session=True, universal_newlines=True,
                                       # A shell's background job ignores SIGINT, and so would all that it starts.
                                       preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
                path = os.path.join(self.build, folder, "stand-in-hang.pids")
                deadline = time.monotonic() + 60
                while not (os.path.exists(path) and self.read("stand-in-hang.pids").count("\n") == 2):
                    self.assertLess(time.monotonic(), deadline, "the hang did not begin")
                    self.assertIsNone(run.poll())
                pids = [int(line) for line in self.read("stand-in-hang.pids").split()]
                os.killpg(run.pid, signal.SIGINT)
                run.communicate(timeout=60)
                for pid in pids:
                    while self.alive(pid):
                        self.assertLess(time.monotonic(), deadline, "process %d is left" % pid)

    @staticmethod
    def alive(pid):
        try:
            with open("/proc/%d/stat" % pid) as f:
                return f.read().rsplit(")", 1)[1].split()[0] != "Z"
        except OSError:
            return False

    def test_images_that_are_not_what_was_asked_for(self):
        ask = FLASH_8MB + self.table(OTA % ("0x270000", "0x270000"))
        defines = self.board(ask) + ["USER_C_MODULES=" + self.module()]

        def built(fault):
            shutil.rmtree(self.build, ignore_errors=True)
            self.idf("build", defines=defines, fault=fault)

        built("ignores-partitions")
        self.assertIn("CONFIG_ESPTOOLPY_FLASHSIZE_8MB=y", self.read("sdkconfig"))
        self.assertIn(b"factory", self.bytes("partition_table/partition-table.bin"))
        built("ignores-rollback")
        self.assertIn("CONFIG_BOOTLOADER_APP_ROLLBACK_ENABLE=y", self.read("sdkconfig"))
        self.assertFalse(self.json("bootloader/config/sdkconfig.json")["BOOTLOADER_APP_ROLLBACK_ENABLE"])
        built("wrong-flash-size-header")
        self.assertIn("Flash size: 4MB", self.image_info("bootloader/bootloader.bin"))
        built("no-frozen")
        self.assertNotIn(b"_boot.py\0", self.bytes("micropython.bin"))
        built("module-not-linked")
        self.assertNotRegex(self.read("micropython.map"), r"0x42\w+ +0x\w+ .*own\.c\.obj")
        built("wrong-idf-version")
        self.assertIn("ESP-IDF: v5.0.9", self.image_info("micropython.bin"))
        built("truncated-image")
        self.assertLess(len(self.bytes("micropython.bin")), 1300000)
        built(None)
        self.makeimg(XTASK_STAND_IN_FAULT="foreign-bytes-in-gap")
        self.assertIn(b"foreign bytes!!!", self.bytes("firmware.bin")[0x8C00:0x10000])
        self.assertIn("asked to fail", self.makeimg(code=1, XTASK_STAND_IN_FAULT="makeimg-fails"))


class Older(stand.Case):
    """The pair v1.23.0 with v5.1.2: what differs."""

    pair_name = "1.23"

    def test_an_unknown_variant_is_ignored(self):
        out = self.idf("build", "ESP32_GENERIC_S3", ["MICROPY_BOARD_VARIANT=OTA"])
        self.assertNotIn("Invalid", out)
        self.assertIn('CONFIG_PARTITION_TABLE_CUSTOM_FILENAME="partitions-8MiB.csv"', self.read("sdkconfig"))
        self.makeimg()
        self.assertNotIn(b"ota_0", self.bytes("firmware.bin")[0x8000:0x8C00])
        self.assertIn("ESP-IDF: v5.1.2", self.image_info("micropython.bin"))

    def test_a_variant_that_no_board_file_reads_is_an_unused_variable(self):
        out = self.idf("reconfigure", "ESP32_GENERIC_C3", ["MICROPY_BOARD_VARIANT=XYZ"])
        self.assertRegex(" ".join(out.split()), "variables were not used by the project: MICROPY_BOARD_VARIANT")

    def test_a_known_variant_takes(self):
        self.idf("build", "ESP32_GENERIC", ["MICROPY_BOARD_VARIANT=OTA"])
        self.assertTrue(self.exists("ota_data_initial.bin"))
        self.assertNotEqual(self.bytes("bootloader/bootloader.bin")[32], 0x50)

    def test_unknown_symbols_are_silent(self):
        out = self.idf("reconfigure", defines=self.board("CONFIG_PARTITON_TABLE_CUSTOM=y\n"))
        self.assertNotIn("PARTITON_TABLE_CUSTOM", out)
        shutil.rmtree(self.build)
        out = self.idf("reconfigure", defines=self.board("CONFIG_PARTITON_TABLE_CUSTOM=y\n"), KCONFIG_WARN_UNDEF_ASSIGN="y")
        self.assertIn("undefined symbol PARTITON_TABLE_CUSTOM", out)

    def test_a_module_folder_is_an_error(self):
        folder = os.path.dirname(self.module())
        out = self.idf("reconfigure", defines=["USER_C_MODULES=" + folder], code=2)
        self.assertIn("include requested file is a directory", " ".join(out.split()))

    def test_the_lock_lands_in_the_project_folder_and_git_ignores_it(self):
        self.idf("reconfigure")
        self.assertTrue(os.path.exists(os.path.join(self.pair.port, "dependencies.lock")))
        self.assertEqual(self.pair.status(), "")

    def test_a_kept_build_folder_ignores_a_change(self):
        defines = self.board("CONFIG_FREERTOS_HZ=200\n")
        self.idf("reconfigure", defines=defines)
        self.board("CONFIG_FREERTOS_HZ=300\n")
        self.idf("reconfigure", defines=defines)
        self.assertIn("CONFIG_FREERTOS_HZ=200", self.read("sdkconfig"))


if __name__ == "__main__":
    unittest.main()
