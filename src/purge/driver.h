// A purge by a program of the user's (contract cachewitness.purge/v1): one JSON object in, one out.
#pragma once

#include "purge/provider.h"

namespace cachewitness::purge {

// What write() gives is the program's standard input, as the request's body; what read() takes is its standard output,
// as the body of a response whose status is 200 where the program ended with 0.
[[nodiscard]] Provider driver();

}  // namespace cachewitness::purge
