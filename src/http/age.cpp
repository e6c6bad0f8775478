#include "http/age.h"

#include "http/delta_seconds.h"
#include "http/field_list.h"

namespace cachewitness::http {

std::optional<std::int64_t> parse_age(std::string_view value) {
  std::string_view member;
  // Real stacks send "Age: , 12" and worse; the first *valid* member is the nearest to what was meant.
  while (next_member(value, member)) {
    if (const auto seconds = parse_delta_seconds(member)) {
      return seconds;
    }
  }
  return std::nullopt;
}

}  // namespace cachewitness::http
