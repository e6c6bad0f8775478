#include "base/error.h"

#include <fmt/format.h>

namespace cachewitness::base {

std::string Error::text() const {
  if (!where) {
    return fmt::format("{} [{}]", message, id.slug);
  }
  if (where->line == 0) {
    return fmt::format("{}: {} [{}]", where->file, message, id.slug);
  }
  return fmt::format("{}:{}:{}: {} [{}]", where->file, where->line, where->column, message, id.slug);
}

}  // namespace cachewitness::base
