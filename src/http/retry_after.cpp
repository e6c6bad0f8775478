#include "http/retry_after.h"

#include <algorithm>
#include <chrono>

#include "http/delta_seconds.h"
#include "http/head.h"
#include "http/http_date.h"

namespace cachewitness::http {

namespace {

constexpr base::Duration longest = std::chrono::hours(24);

}  // namespace

std::optional<base::Duration> read_retry_after(std::string_view head, base::Instant received_at) {
  ResponseHead parsed;
  if (!parse_recorded_head(head, {}, parsed)) {
    return std::nullopt;
  }
  const auto value = parsed.find("retry-after");
  if (!value) {
    return std::nullopt;
  }
  if (const auto seconds = parse_delta_seconds(*value)) {
    return std::min<base::Duration>(std::chrono::seconds(*seconds), longest);
  }
  if (const auto date = parse_http_date(*value, received_at)) {
    return *date <= received_at ? base::Duration{} : std::min(*date - received_at, longest);
  }
  return std::nullopt;
}

}  // namespace cachewitness::http
