// A purge by a program of the user's (docs/purge.md, cachewitness.purge/v1): one JSON object in, one out.
#pragma once

#include "purge/provider.h"

namespace cachewitness::purge {

// What write() gives is the program's standard input, as the request's body; what read() takes is its standard output,
// as the body of a response whose status is 200 where the program ended with 0, else one of these, with why as its
// body.
inline constexpr int driver_failed = 500;   // it did not start, or said itself that it failed
inline constexpr int driver_was_ended = 0;  // by a signal, a limit or its timeout
[[nodiscard]] Provider driver();

}  // namespace cachewitness::purge
