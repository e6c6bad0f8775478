#include "app/identifier.h"

#include <fmt/format.h>

#include "base/time.h"

namespace cachewitness::app {

std::string make_id(std::string_view what, const Ports& ports) {
  std::string date = base::rfc3339(ports.clock.wall(), 0);
  std::erase_if(date, [](char c) { return c == '-' || c == ':'; });
  return fmt::format("{}-{}-{:08x}", what, date, ports.entropy.next() & 0xFFFFFFFF);
}

}  // namespace cachewitness::app
