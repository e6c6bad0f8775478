#include "manifest/fault_list.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"
#include "manifest/fault_ids.h"

namespace cachewitness::manifest {

namespace {

// Line and column as one number to order by.
std::uint64_t place_of(const base::Error& error) {
  return error.where ? std::uint64_t{error.where->line} << 32 | error.where->column : 0;
}

}  // namespace

void FaultList::add(base::ErrorId id, std::string message, std::uint32_t line, std::uint32_t column) {
  base::Error error{id, std::move(message), base::SourceSpan{file_, line, column}};
  if (errors_.size() < most) {
    // Behind those of the same place, so that they keep the order in which they were found.
    errors_.insert(std::ranges::upper_bound(errors_, place_of(error), {}, place_of), std::move(error));
  } else if (errors_.size() == most) {
    error.id = faults::too_many;
    error.message = fmt::format("more than {} faults; correct these first", most);
    errors_.push_back(std::move(error));
  }
}

base::Errors FaultList::take() { return std::exchange(errors_, {}); }

std::string did_you_mean(std::string_view given, const std::vector<std::string_view>& known) {
  const auto near = base::nearest(given, known);
  return near ? fmt::format("; did you mean \"{}\"?", base::printable(*near, 80)) : std::string();
}

}  // namespace cachewitness::manifest
