"""What configure does besides CMake: faults, flasher_args.json and project_description.json.

Both files are written at configure, so that they exist does not show that a build succeeded.
"""

import argparse
import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../components/partition_table"))

import chips
import faults
import files


def offsets(csv, config):
    """Offsets of the first application and of the OTA data; (None, None) when the table cannot be read."""
    import gen_esp32part

    gen_esp32part.quiet = True
    gen_esp32part.offset_part_table = int(config["PARTITION_TABLE_OFFSET"])
    try:
        with open(csv, "rb") as f:
            table = gen_esp32part.PartitionTable.from_file(f)[0]
    except (OSError, ValueError, RuntimeError):
        return None, None
    app = next((p.offset for p in sorted(table, key=lambda p: p.subtype) if p.type == gen_esp32part.APP_TYPE), None)
    ota = next((p.offset for p in table if (p.type, p.subtype) == (1, 0)), None)
    return app, ota


def flasher_args(build, name, config, csv):
    app, ota = offsets(csv, config)
    mode, size, freq = (config["ESPTOOLPY_" + key] for key in ("FLASHMODE", "FLASHSIZE", "FLASHFREQ"))
    parts = [("bootloader", config["BOOTLOADER_OFFSET_IN_FLASH"], "bootloader/bootloader.bin")]
    if app is not None:
        parts.append(("app", app, name + ".bin"))
    parts.append(("partition-table", config["PARTITION_TABLE_OFFSET"], "partition_table/partition-table.bin"))
    if ota is not None:
        parts.append(("otadata", ota, "ota_data_initial.bin"))
    document = {
        "write_flash_args": ["--flash_mode", mode, "--flash_size", size, "--flash_freq", freq],
        "flash_settings": {"flash_mode": mode, "flash_size": size, "flash_freq": freq},
        "flash_files": {hex(offset): path for _, offset, path in sorted(parts, key=lambda part: hex(part[1]))},
    }
    for key, offset, path in parts:
        document[key] = {"offset": hex(offset), "file": path, "encrypted": "false"}
    document["extra_esptool_args"] = {
        "after": config["ESPTOOLPY_AFTER"], "before": config["ESPTOOLPY_BEFORE"],
        "stub": not config["ESPTOOLPY_NO_STUB"], "chip": config["IDF_TARGET"]}
    files.write_if_changed(os.path.join(build, "flasher_args.json"), json.dumps(document, indent=4) + "\n")
    lines = ["--flash_mode %s --flash_freq %s --flash_size %s" % (mode, freq, size)]
    lines += ["%s %s" % pair for pair in document["flash_files"].items()]
    files.write_if_changed(os.path.join(build, "flash_args"), "\n".join(lines) + "\n")


def project_description(args, config):
    components = os.path.join(args.idf, "components")
    names = sorted(name for name in os.listdir(components) if os.path.isdir(os.path.join(components, name)))
    paths = [os.path.join(components, name) for name in names] + [args.main]
    names.append(os.path.basename(args.main))
    chip = chips.CHIPS[config["IDF_TARGET"]]
    project_version = os.popen('git -C "%s" describe --always --tags --dirty 2>/dev/null' % args.project).read().strip()

    def kconfigs(name):
        found = [os.path.join(path, name) for path in paths]
        return ";".join(path for path in found if os.path.exists(path))

    document = {
        "version": "1.3" if args.release >= "5.5" else "1",
        "project_name": args.name, "project_version": project_version or "1", "project_path": args.project,
        "idf_path": args.idf, "build_dir": args.build, "config_file": args.sdkconfig, "config_defaults": args.defaults,
        "bootloader_elf": os.path.join(args.build, "bootloader/bootloader.elf"),
        "app_elf": args.name + ".elf", "app_bin": args.name + ".bin", "build_type": "flash_app",
        "git_revision": args.revision, "target": config["IDF_TARGET"], "rev": "", "min_rev": "0",
        "max_rev": "399" if config["IDF_TARGET"] == "esp32" else "99", "phy_data_partition": "",
        "monitor_baud": "115200", "monitor_toolprefix": chip["mcu"], "c_compiler": "stand-in",
        "config_environment": {"COMPONENT_KCONFIGS": kconfigs("Kconfig"),
                               "COMPONENT_KCONFIGS_PROJBUILD": kconfigs("Kconfig.projbuild")},
        "common_component_reqs": ["newlib", "freertos", "esp_hw_support", "heap", "log", "soc", "hal"],
        "build_components": names, "build_component_paths": paths, "build_component_info": {},
        "debug_prefix_map_gdbinit": "",
    }
    files.write_if_changed(os.path.join(args.build, "project_description.json"), json.dumps(document, indent=4) + "\n")


def main():
    if sys.argv[1:] == ["faults"]:
        if faults.asked("hang-configure"):
            faults.hang("configure")
        if faults.asked("configure-fails"):
            sys.exit("CMake Error: the stand-in was asked to fail in configure")
        return
    parser = argparse.ArgumentParser()
    parser.add_argument("action", choices=["describe"])
    for name in ("build", "idf", "project", "name", "main", "sdkconfig", "defaults", "revision", "csv", "release"):
        parser.add_argument("--" + name, required=True)
    args = parser.parse_args()
    config = files.read_json(os.path.join(args.build, "config/sdkconfig.json"))
    flasher_args(args.build, args.name, config, args.csv)
    project_description(args, config)


if __name__ == "__main__":
    main()
