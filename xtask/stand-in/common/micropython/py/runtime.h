#pragma once
#include "py/mpconfig.h"
#include "py/obj.h"
