// Escaping for markup: what stands between angle brackets in JUnit XML and in the HTML page. Safe in text and
// in a quoted attribute of either.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace cachewitness::report {

// Controls, deceptive characters, invalid UTF-8 and what XML 1.0 section 2.2 forbids become visible escapes;
// at most `max_bytes` of input.
[[nodiscard]] std::string markup(std::string_view untrusted, std::size_t max_bytes = 1000);

}  // namespace cachewitness::report
