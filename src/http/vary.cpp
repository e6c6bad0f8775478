#include "http/vary.h"

#include <algorithm>

#include "base/text.h"
#include "http/field_list.h"

namespace cachewitness::http {

bool Vary::has(std::string_view name) const { return std::ranges::binary_search(names, name); }

Vary parse_vary(std::string_view value) {
  Vary vary;
  std::string_view member;
  while (next_member(value, member)) {
    if (member == "*") {
      vary.is_any = true;
    } else {
      vary.names.push_back(base::lower_case(member));
    }
  }
  std::ranges::sort(vary.names);
  const auto repeated = std::ranges::unique(vary.names);
  vary.names.erase(repeated.begin(), repeated.end());
  return vary;
}

}  // namespace cachewitness::http
