#include "manifest/fault_list.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"
#include "manifest/fault_ids.h"

namespace cachewitness::manifest {

namespace {

// Line and column as one number to sort by.
std::uint64_t place_of(const base::Error& error) {
  return error.where ? std::uint64_t{error.where->line} << 32 | error.where->column : 0;
}

}  // namespace

void FaultList::add(base::ErrorId id, std::string message, std::uint32_t line, std::uint32_t column) {
  if (errors_.size() < most) {
    errors_.push_back({id, std::move(message), base::SourceSpan{file_, line, column}});
  } else if (errors_.size() == most) {
    errors_.push_back({faults::too_many, fmt::format("more than {} faults; correct these first", most),
                       base::SourceSpan{file_, line, column}});
  }
}

base::Errors FaultList::take() {
  const auto end = is_full() ? errors_.end() - 1 : errors_.end();  // that there are more is said last
  std::stable_sort(errors_.begin(), end,
                   [](const base::Error& a, const base::Error& b) { return place_of(a) < place_of(b); });
  return std::exchange(errors_, {});
}

std::string did_you_mean(std::string_view given, const std::vector<std::string_view>& known) {
  const auto near = base::nearest(given, known);
  return near ? fmt::format("; did you mean \"{}\"?", base::printable(*near, 80)) : std::string();
}

}  // namespace cachewitness::manifest
