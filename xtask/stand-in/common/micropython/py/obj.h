#pragma once
#include "py/mpconfig.h"
#include "genhdr/qstrdefs.generated.h"
