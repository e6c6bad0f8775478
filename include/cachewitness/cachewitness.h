// All of libcachewitness.
#pragma once

#include "cachewitness/report.h"  // IWYU pragma: export
#include "cachewitness/result.h"  // IWYU pragma: export
#include "cachewitness/verify.h"  // IWYU pragma: export
