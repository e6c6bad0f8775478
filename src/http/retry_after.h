// Retry-After (RFC 9110 10.2.3): how long a server asks to be left alone.
#pragma once

#include <optional>
#include <string_view>

#include "base/time.h"

namespace cachewitness::http {

// From the whole head of a response that came at `received_at`. Never negative, and a day at most; nothing where the
// field is absent or neither seconds nor a date.
[[nodiscard]] std::optional<base::Duration> read_retry_after(std::string_view head, base::Instant received_at);

}  // namespace cachewitness::http
