// HTTP-date (RFC 9110 5.6.7) in its three forms: IMF-fixdate, RFC 850, asctime.
#pragma once

#include <optional>
#include <string_view>

#include "base/time.h"

namespace cachewitness::http {

// `reference` settles the century of a two-digit year: RFC 9110 5.6.7, never more than 50 years ahead of it, to
// the second.
[[nodiscard]] std::optional<base::Instant> parse_http_date(std::string_view text, base::Instant reference);

}  // namespace cachewitness::http
