# Each path is included as it is: a folder is an error here.
foreach(path ${USER_C_MODULES})
    message("Including User C Module(s) from ${path}")
    include(${path})
endforeach()
