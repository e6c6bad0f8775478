// What a shared cache would make of an answer: whether it stores it, for how long, and what is left of the
// directives (RFC 9111 3 and 4.2.1, RFC 9213 for the targeted fields). Pure; knows nothing of environments.
#pragma once

#include <string>

#include "http/head.h"

namespace cachewitness::parity {

// "stored 3600 s (cache-control s-maxage); max-age=60, public", "stored by Expires", "stored by heuristics",
// "after validation 60 s (cache-control max-age)", "not stored (no-store)". After the semicolon stand the directives
// of Cache-Control that say more than that, sorted. One text, so that one changed field is one difference.
[[nodiscard]] std::string read_cache_policy(const http::ResponseHead& head);

}  // namespace cachewitness::parity
