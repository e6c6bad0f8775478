// The list rule (RFC 9110 5.6.1): members between commas, quoted strings respected.
#pragma once

#include <cstddef>
#include <string_view>

namespace cachewitness::http {

// Takes the next member off `rest`, without the white space around it. Empty members are skipped
// (RFC 9110 5.6.1.2); false at the end.
bool next_member(std::string_view& rest, std::string_view& member, char separator = ',');

}  // namespace cachewitness::http
