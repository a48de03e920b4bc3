add_library(usermod_smw INTERFACE)
target_sources(usermod_smw INTERFACE ${CMAKE_CURRENT_LIST_DIR}/smw.c)
target_include_directories(usermod_smw INTERFACE ${CMAKE_CURRENT_LIST_DIR})
target_link_libraries(usermod INTERFACE usermod_smw)
