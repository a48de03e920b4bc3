# The stand-in's build system: what a project's CMakeLists.txt includes.
# It keeps the order of the real one (target, component manager, Kconfig, components, tables, link), and does the work
# with small Python programs of tools/stand_in, so that no compiler for any language is needed.
cmake_minimum_required(VERSION 3.16)

get_filename_component(IDF_PATH ${CMAKE_CURRENT_LIST_DIR}/../.. ABSOLUTE)
include(${CMAKE_CURRENT_LIST_DIR}/version.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/targets.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/kconfig.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/steps.cmake)

if(NOT PYTHON)
    set(PYTHON python)
endif()
set(STAND_IN_TOOLS ${IDF_PATH}/tools/stand_in)
# idf.py always passes these; naming them here keeps CMake from calling them unused.
set(__from_idf_py "${CCACHE_ENABLE} ${ESP_PLATFORM} ${PYTHON_DEPS_CHECKED}")

function(idf_build_set_property name value)
    cmake_parse_arguments(PARSE_ARGV 2 ARG "APPEND;GENEX" "" "")
    if(ARG_APPEND)
        set_property(GLOBAL APPEND PROPERTY STAND_IN_${name} "${value}")
    else()
        set_property(GLOBAL PROPERTY STAND_IN_${name} "${value}")
    endif()
endfunction()

function(idf_build_get_property variable name)
    get_property(value GLOBAL PROPERTY STAND_IN_${name})
    set(${variable} "${value}" PARENT_SCOPE)
endfunction()

# The main component registers its sources; the steps are made afterwards, at the top level.
function(idf_component_register)
    cmake_parse_arguments(PARSE_ARGV 0 ARG "" "" "SRCS;INCLUDE_DIRS;LDFRAGMENTS;REQUIRES;PRIV_REQUIRES")
    set_property(GLOBAL PROPERTY STAND_IN_MAIN_SRCS "${ARG_SRCS}")
    set_property(GLOBAL PROPERTY STAND_IN_MAIN_INCLUDES "${ARG_INCLUDE_DIRS}")
    add_library(__idf_main INTERFACE)
    set(COMPONENT_TARGET __idf_main PARENT_SCOPE)
    set(COMPONENT_LIB __idf_main PARENT_SCOPE)
endfunction()

idf_build_set_property(PYTHON ${PYTHON})
idf_build_set_property(IDF_PATH ${IDF_PATH})
idf_build_set_property(BUILD_DIR ${CMAKE_BINARY_DIR})
idf_build_set_property(PROJECT_DIR ${CMAKE_SOURCE_DIR})
idf_build_set_property(COMPILE_OPTIONS "-Wall")

# The selected chip is settled as soon as this file is included, before project().
if(SDKCONFIG)
    get_filename_component(sdkconfig "${SDKCONFIG}" ABSOLUTE)
else()
    set(sdkconfig "${CMAKE_SOURCE_DIR}/sdkconfig")
endif()
__target_init("${sdkconfig}")

macro(project project_name)
    _project(${project_name} NONE)
    set(__stand_in_project ${project_name})
    stand_in_run("${PYTHON}" ${STAND_IN_TOOLS}/at_configure.py faults)
    stand_in_git_version(IDF_VER ${IDF_PATH} "v${IDF_VERSION_MAJOR}.${IDF_VERSION_MINOR}.${IDF_VERSION_PATCH}")
    message(STATUS "Building ESP-IDF components for target ${IDF_TARGET}")

    # The main component: the project's own main folder, or what EXTRA_COMPONENT_DIRS names.
    set(__stand_in_main "")
    foreach(dir ${CMAKE_SOURCE_DIR}/main ${EXTRA_COMPONENT_DIRS})
        get_filename_component(dir ${dir} ABSOLUTE BASE_DIR ${CMAKE_SOURCE_DIR})
        if(EXISTS ${dir}/CMakeLists.txt)
            set(__stand_in_main ${dir})
        endif()
    endforeach()
    if(NOT __stand_in_main)
        message(FATAL_ERROR "no main component in ${CMAKE_SOURCE_DIR}")
    endif()

    idf_build_get_property(__stand_in_lock DEPENDENCIES_LOCK)
    if(NOT __stand_in_lock)
        set(__stand_in_lock dependencies.lock)
    endif()
    stand_in_run("${PYTHON}" ${STAND_IN_TOOLS}/component_manager.py --idf ${IDF_PATH} --project ${CMAKE_SOURCE_DIR}
        --main ${__stand_in_main} --lock ${__stand_in_lock} --target ${IDF_TARGET}
        --idf-version ${IDF_VERSION_MAJOR}.${IDF_VERSION_MINOR}.${IDF_VERSION_PATCH})
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${__stand_in_main}/idf_component.yml)

    set(MANAGED_LIST ${CMAKE_BINARY_DIR}/stand-in-managed.txt)
    __kconfig_generate_config("${sdkconfig}" "${SDKCONFIG_DEFAULTS}" ${CMAKE_BINARY_DIR}/config ON)
    include(${CMAKE_BINARY_DIR}/config/sdkconfig.cmake)
    message(STATUS "App \"${project_name}\" version: ${IDF_VER}")

    __stand_in_partition_csv()
    add_subdirectory(${__stand_in_main} ${CMAKE_BINARY_DIR}/esp-idf/main)
    __stand_in_all_steps(${project_name})

    stand_in_run("${PYTHON}" ${STAND_IN_TOOLS}/at_configure.py describe
        --build ${CMAKE_BINARY_DIR} --idf ${IDF_PATH} --project ${CMAKE_SOURCE_DIR} --name ${project_name}
        --main ${__stand_in_main} --sdkconfig ${sdkconfig} --defaults "${SDKCONFIG_DEFAULTS}" --revision ${IDF_VER}
        --csv "${PARTITION_CSV_PATH}" --release ${IDF_VERSION_MAJOR}.${IDF_VERSION_MINOR}.${IDF_VERSION_PATCH})
endmacro()
