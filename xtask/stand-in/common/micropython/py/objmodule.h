#pragma once
#include "py/obj.h"
