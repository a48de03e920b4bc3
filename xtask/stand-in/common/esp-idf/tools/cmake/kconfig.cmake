# Runs esp-idf-kconfig's kconfgen as the real build system does: first the defaults, then the kept sdkconfig over them.

function(__kconfig_init_version config out)
    set(${out} "$ENV{IDF_VERSION}" PARENT_SCOPE)
    if(EXISTS "${config}")
        file(STRINGS "${config}" found REGEX "^CONFIG_IDF_INIT_VERSION=\"[0-9.]+\"$" LIMIT_COUNT 1)
        if(found)
            string(REGEX REPLACE "^.*\"([0-9.]+)\"$" "\\1" found "${found}")
            set(${out} "${found}" PARENT_SCOPE)
        endif()
    endif()
endfunction()

# `output_sdkconfig` is OFF for the bootloader, which reads the application's sdkconfig and writes none.
function(__kconfig_generate_config config defaults config_dir output_sdkconfig)
    file(GLOB kconfigs ${IDF_PATH}/components/*/Kconfig)
    file(GLOB projbuilds ${IDF_PATH}/components/*/Kconfig.projbuild)
    file(GLOB renames ${IDF_PATH}/components/*/sdkconfig.rename ${IDF_PATH}/components/*/sdkconfig.rename.${IDF_TARGET})
    # The components that the manager fetched for this project; the bootloader's project reads its parent's list.
    if(EXISTS ${MANAGED_LIST})
        file(STRINGS ${MANAGED_LIST} managed)
        foreach(folder ${managed})
            if(EXISTS ${folder}/Kconfig)
                list(APPEND kconfigs ${folder}/Kconfig)
            endif()
        endforeach()
    endif()
    foreach(list kconfigs projbuilds renames)
        list(SORT ${list})
    endforeach()
    foreach(pair "kconfigs:kconfigs.in" "projbuilds:kconfigs_projbuild.in")
        string(REPLACE ":" ";" pair ${pair})
        list(GET pair 0 list)
        list(GET pair 1 name)
        set(text "")
        foreach(file ${${list}})
            string(APPEND text "source \"${file}\"\n")
        endforeach()
        file(WRITE ${CMAKE_BINARY_DIR}/${name} "${text}")
    endforeach()

    __kconfig_init_version("${config}" init_version)
    set(ENV{IDF_INIT_VERSION} ${init_version})
    file(WRITE ${CMAKE_BINARY_DIR}/config.env "{
    \"COMPONENT_KCONFIGS\": \"${kconfigs}\",
    \"COMPONENT_KCONFIGS_PROJBUILD\": \"${projbuilds}\",
    \"COMPONENT_SDKCONFIG_RENAMES\": \"${renames}\",
    \"IDF_TARGET\": \"${IDF_TARGET}\",
    \"IDF_TOOLCHAIN\": \"gcc\",
    \"IDF_VERSION\": \"$ENV{IDF_VERSION}\",
    \"IDF_INIT_VERSION\": \"${init_version}\",
    \"IDF_ENV_FPGA\": \"\",
    \"IDF_PATH\": \"${IDF_PATH}\",
    \"COMPONENT_KCONFIGS_SOURCE_FILE\": \"${CMAKE_BINARY_DIR}/kconfigs.in\",
    \"COMPONENT_KCONFIGS_PROJBUILD_SOURCE_FILE\": \"${CMAKE_BINARY_DIR}/kconfigs_projbuild.in\"
}\n")

    set(defaults_args "")
    foreach(file ${defaults})
        list(APPEND defaults_args --defaults ${file})
        # A second file with the chip's name is read too when it is there.
        if(EXISTS ${file}.${IDF_TARGET})
            list(APPEND defaults_args --defaults ${file}.${IDF_TARGET})
        endif()
    endforeach()
    set(output_args "")
    if(output_sdkconfig)
        set(output_args --output config ${config})
    endif()
    file(MAKE_DIRECTORY ${config_dir})
    message(STATUS "Project sdkconfig file ${config}")
    execute_process(
        COMMAND ${PYTHON} -m kconfgen --list-separator=semicolon
            --kconfig ${IDF_PATH}/Kconfig --sdkconfig-rename ${IDF_PATH}/sdkconfig.rename
            --config ${config} ${defaults_args} --env-file ${CMAKE_BINARY_DIR}/config.env
            --output header ${config_dir}/sdkconfig.h
            --output cmake ${config_dir}/sdkconfig.cmake
            --output json ${config_dir}/sdkconfig.json
            --output json_menus ${config_dir}/kconfig_menus.json
            ${output_args}
        RESULT_VARIABLE result)
    if(result)
        message(FATAL_ERROR "Failed to run kconfgen. Error ${result}")
    endif()
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS
        ${config} ${config_dir}/sdkconfig.h ${config_dir}/sdkconfig.cmake)
endfunction()
