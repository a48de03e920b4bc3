# The steps of the build: what ninja does after configure.

function(stand_in_run)
    execute_process(COMMAND ${ARGV} RESULT_VARIABLE result)
    if(result)
        message(FATAL_ERROR "a step of configure failed (exit code ${result}), see above")
    endif()
endfunction()

# The revision that goes into the application's description: the tag where git has one, else the number in the tree.
function(stand_in_git_version out folder otherwise)
    execute_process(COMMAND git describe --always --tags --dirty WORKING_DIRECTORY ${folder}
        OUTPUT_VARIABLE found OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE result)
    if(result OR NOT EXISTS ${folder}/.git)
        set(found ${otherwise})
    endif()
    set(${out} ${found} PARENT_SCOPE)
endfunction()

macro(__stand_in_partition_csv)
    if(CONFIG_PARTITION_TABLE_CUSTOM)
        # A relative path is the project folder's, never the board folder's.
        get_filename_component(PARTITION_CSV_PATH "${CONFIG_PARTITION_TABLE_FILENAME}" ABSOLUTE
            BASE_DIR ${CMAKE_SOURCE_DIR})
    else()
        set(PARTITION_CSV_PATH ${IDF_PATH}/components/partition_table/${CONFIG_PARTITION_TABLE_FILENAME})
    endif()
    if("$ENV{XTASK_STAND_IN_FAULT}" MATCHES "(^|,)ignores-partitions(,|$)")
        set(PARTITION_CSV_PATH ${STAND_IN_TOOLS}/stock-factory.csv)
    endif()
    if(NOT EXISTS ${PARTITION_CSV_PATH})
        message(WARNING "Partition table CSV file ${PARTITION_CSV_PATH} not found. "
            "Change custom partition CSV path in menuconfig.")
    endif()
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${PARTITION_CSV_PATH})
endmacro()

# One object. `deps` of ninja come from the depfile, so `ninja -t deps` names the real sources and headers.
function(stand_in_object source object flags comment)
    add_custom_command(OUTPUT ${CMAKE_BINARY_DIR}/${object}
        COMMAND ${PYTHON} ${STAND_IN_TOOLS}/cc.py --flags ${flags} --source ${source} --object ${object}
            --depfile ${object}.d
        DEPENDS ${source} ${flags} ${ARGN}
        DEPFILE ${CMAKE_BINARY_DIR}/${object}.d
        COMMENT "Building C object ${comment}"
        VERBATIM)
endfunction()

function(stand_in_flags_file path)
    cmake_parse_arguments(PARSE_ARGV 1 ARG "" "" "INCLUDES;DEFINES")
    set(text "")
    foreach(item ${ARG_INCLUDES})
        string(APPEND text "-I${item}\n")
    endforeach()
    foreach(item ${ARG_DEFINES})
        string(APPEND text "-D${item}\n")
    endforeach()
    file(CONFIGURE OUTPUT ${path} CONTENT "${text}" @ONLY)
endfunction()

# Every component of the stand-in with sources: an archive of its objects.
function(__stand_in_components out flags)
    file(GLOB sources ${IDF_PATH}/components/*/*.c)
    set(archives "")
    set(components "")
    foreach(source ${sources})
        get_filename_component(dir ${source} DIRECTORY)
        get_filename_component(component ${dir} NAME)
        list(APPEND components ${component})
        list(APPEND of_${component} ${source})
    endforeach()
    list(REMOVE_DUPLICATES components)
    foreach(component ${components})
        set(objects "")
        foreach(source ${of_${component}})
            get_filename_component(name ${source} NAME)
            set(object esp-idf/${component}/CMakeFiles/__idf_${component}.dir/${name}.obj)
            stand_in_object(${source} ${object} ${flags} ${object} ${CMAKE_BINARY_DIR}/config/sdkconfig.h)
            list(APPEND objects ${object})
        endforeach()
        stand_in_archive(esp-idf/${component}/lib${component}.a "${objects}")
        list(APPEND archives esp-idf/${component}/lib${component}.a)
    endforeach()
    set(${out} ${archives} PARENT_SCOPE)
endfunction()

function(stand_in_archive archive objects)
    list(TRANSFORM objects PREPEND ${CMAKE_BINARY_DIR}/ OUTPUT_VARIABLE paths)
    string(REPLACE ";" "\n" text "${objects}")
    file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/${archive}.rsp CONTENT "${text}\n" @ONLY)
    add_custom_command(OUTPUT ${CMAKE_BINARY_DIR}/${archive}
        COMMAND ${PYTHON} ${STAND_IN_TOOLS}/ar.py ${archive} ${archive}.rsp
        DEPENDS ${paths} ${CMAKE_BINARY_DIR}/${archive}.rsp
        COMMENT "Linking C static library ${archive}"
        VERBATIM)
endfunction()

# The main component's objects, the user's C modules (linked one by one, as the real ones are), and the link.
function(__stand_in_application name)
    get_property(sources GLOBAL PROPERTY STAND_IN_MAIN_SRCS)
    get_property(late GLOBAL PROPERTY STAND_IN_MAIN_LATE_SRCS)
    get_property(generated GLOBAL PROPERTY STAND_IN_GENERATED_HEADERS)
    get_property(includes GLOBAL PROPERTY STAND_IN_MAIN_INCLUDES)
    get_property(defines GLOBAL PROPERTY STAND_IN_MAIN_DEFINES)
    get_property(user_sources GLOBAL PROPERTY STAND_IN_USER_SRCS)
    get_property(mp_dir GLOBAL PROPERTY STAND_IN_MICROPY_DIR)
    set(after ${CMAKE_BINARY_DIR}/config/sdkconfig.h ${generated})

    set(flags ${CMAKE_BINARY_DIR}/stand_in/main.flags)
    stand_in_flags_file(${flags} INCLUDES ${includes} ${CMAKE_BINARY_DIR}/config ${IDF_PATH}/components
        DEFINES ${defines} "IDF_VER=\"${IDF_VER}\"" "ESP_PLATFORM")
    __stand_in_components(archives ${flags})

    set(objects "")
    foreach(source ${sources} ${late})
        get_filename_component(source ${source} ABSOLUTE)
        string(REPLACE "${CMAKE_BINARY_DIR}/" "" short ${source})
        string(REPLACE "${mp_dir}/" "" short ${short})
        set(object esp-idf/main/CMakeFiles/__idf_main.dir/${short}.obj)
        stand_in_object(${source} ${object} ${flags} ${object} ${after})
        list(APPEND objects ${object})
    endforeach()
    stand_in_archive(esp-idf/main/libmain.a "${objects}")
    list(APPEND archives esp-idf/main/libmain.a)

    set(user_objects "")
    foreach(source ${user_sources})
        get_filename_component(source ${source} ABSOLUTE)
        set(object CMakeFiles/${name}.elf.dir${source}.obj)
        stand_in_object(${source} ${object} ${flags} ${object} ${after})
        list(APPEND user_objects ${object})
    endforeach()

    list(TRANSFORM archives PREPEND ${CMAKE_BINARY_DIR}/ OUTPUT_VARIABLE archive_paths)
    list(TRANSFORM user_objects PREPEND ${CMAKE_BINARY_DIR}/ OUTPUT_VARIABLE object_paths)
    string(REPLACE ";" "\n" text "${user_objects};${archives}")
    file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/stand_in/link.rsp CONTENT "${text}\n" @ONLY)
    add_custom_command(OUTPUT ${CMAKE_BINARY_DIR}/${name}.elf
        BYPRODUCTS ${CMAKE_BINARY_DIR}/${name}.map
        COMMAND ${PYTHON} ${STAND_IN_TOOLS}/ld.py --chip ${IDF_TARGET} --config config/sdkconfig.json --elf ${name}.elf
            --map ${name}.map --idf-version ${IDF_VER} stand_in/link.rsp
        DEPENDS ${archive_paths} ${object_paths} ${CMAKE_BINARY_DIR}/stand_in/link.rsp
            ${CMAKE_BINARY_DIR}/config/sdkconfig.h
        COMMENT "Linking CXX executable ${name}.elf"
        VERBATIM)
    add_custom_command(OUTPUT ${CMAKE_BINARY_DIR}/${name}.bin
        COMMAND ${PYTHON} ${STAND_IN_TOOLS}/elf2image.py app --chip ${IDF_TARGET} --config config/sdkconfig.json
            ${name}.elf ${name}.bin
        DEPENDS ${CMAKE_BINARY_DIR}/${name}.elf
        COMMENT "Generating binary image from built executable"
        VERBATIM)
    add_custom_target(app ALL DEPENDS ${CMAKE_BINARY_DIR}/${name}.bin)
    add_custom_target(app_check_size ALL
        COMMAND ${PYTHON} ${IDF_PATH}/components/partition_table/check_sizes.py --offset ${CONFIG_PARTITION_TABLE_OFFSET}
            partition --type app partition_table/partition-table.bin ${name}.bin
        DEPENDS ${CMAKE_BINARY_DIR}/${name}.bin ${CMAKE_BINARY_DIR}/partition_table/partition-table.bin
        VERBATIM)
    get_property(always GLOBAL PROPERTY STAND_IN_MAIN_TARGETS)
    if(always)
        add_dependencies(app ${always})
    endif()
endfunction()

function(__stand_in_partition_table)
    set(generate ${PYTHON} ${IDF_PATH}/components/partition_table/gen_esp32part.py -q
        --offset ${CONFIG_PARTITION_TABLE_OFFSET})
    if(NOT CONFIG_PARTITION_TABLE_MD5)
        list(APPEND generate --disable-md5sum)
    endif()
    if(CONFIG_ESPTOOLPY_FLASHSIZE)
        list(APPEND generate --flash-size ${CONFIG_ESPTOOLPY_FLASHSIZE})
    endif()
    set(table partition_table/partition-table.bin)
    set(show
        COMMAND ${CMAKE_COMMAND} -E echo "Partition table binary generated. Contents:"
        COMMAND ${CMAKE_COMMAND} -E echo "*******************************************************************************"
        COMMAND ${generate} -- ${table}
        COMMAND ${CMAKE_COMMAND} -E echo "*******************************************************************************")
    file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/partition_table)
    add_custom_command(OUTPUT ${CMAKE_BINARY_DIR}/${table}
        COMMAND ${generate} -- ${PARTITION_CSV_PATH} ${table} ${show}
        DEPENDS ${PARTITION_CSV_PATH} ${CMAKE_BINARY_DIR}/config/sdkconfig.h
        COMMENT "Generating ${table}"
        VERBATIM)
    add_custom_target(partition_table_bin ALL DEPENDS ${CMAKE_BINARY_DIR}/${table})
    add_custom_target(partition-table ${show} DEPENDS ${CMAKE_BINARY_DIR}/${table} VERBATIM)

    # Blank OTA data, when the table has a row for it. A table that cannot be read shows its traceback here, and the
    # build goes on until the table itself is wanted.
    execute_process(COMMAND ${PYTHON} ${IDF_PATH}/components/partition_table/parttool.py
            --partition-table-offset ${CONFIG_PARTITION_TABLE_OFFSET} --partition-table-file ${PARTITION_CSV_PATH}
            get_partition_info --partition-type data --partition-subtype ota --info size
        OUTPUT_VARIABLE size OUTPUT_STRIP_TRAILING_WHITESPACE RESULT_VARIABLE result)
    if(result GREATER 1)
        message(WARNING "parttool.py execution failed (${size}), problem with partition CSV file (see above)")
    elseif(size)
        add_custom_command(OUTPUT ${CMAKE_BINARY_DIR}/ota_data_initial.bin
            COMMAND ${PYTHON} ${STAND_IN_TOOLS}/blank.py ${size} ota_data_initial.bin
            COMMENT "Generating ota_data_initial.bin"
            VERBATIM)
        add_custom_target(blank_ota_data ALL DEPENDS ${CMAKE_BINARY_DIR}/ota_data_initial.bin)
    endif()
endfunction()

# The bootloader is a project of its own, configured and built by a step of this one.
function(__stand_in_bootloader)
    add_custom_target(bootloader ALL
        COMMAND ${PYTHON} ${STAND_IN_TOOLS}/bootloader.py --cmake ${CMAKE_COMMAND} --ninja ${CMAKE_MAKE_PROGRAM}
            --source ${IDF_PATH}/components/bootloader/subproject --build bootloader --sdkconfig ${sdkconfig}
            --target ${IDF_TARGET} --idf-ver ${IDF_VER} --config-h config/sdkconfig.h
        BYPRODUCTS ${CMAKE_BINARY_DIR}/bootloader/bootloader.elf ${CMAKE_BINARY_DIR}/bootloader/bootloader.bin
        COMMENT "Performing build step for 'bootloader'"
        VERBATIM)
endfunction()

function(__stand_in_all_steps name)
    __stand_in_bootloader()
    __stand_in_partition_table()
    __stand_in_application(${name})
endfunction()
