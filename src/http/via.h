// Via (RFC 9110 7.6.3), and the codes that Traffic Server writes into its comment.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "http/cache_mark.h"

namespace cachewitness::http {

// Views into the value.
struct ViaHop {
  std::string_view protocol;     // "1.1", "HTTP/2"
  std::string_view received_by;  // host[:port] or a pseudonym
  std::string_view comment;      // without the parentheses; may hold a Traffic Server code
};

inline constexpr std::size_t max_via_hops = 64;

// In order: the last is the nearest to us.
[[nodiscard]] std::vector<ViaHop> parse_via(std::string_view value);

// "uScHs f p eN:t cCHp sN" and its short forms "cHs f ", "cMsSfW": `c` = the cache's lookup, `s` = the
// origin's answer. CacheMark::none where the comment holds no code.
[[nodiscard]] CacheMark traffic_server_mark(std::string_view comment);

}  // namespace cachewitness::http
