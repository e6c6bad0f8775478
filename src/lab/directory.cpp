#include "lab/directory.h"

#include <fmt/format.h>

#include <array>

namespace cachewitness::lab {

std::string host_of(std::string_view region) { return fmt::format("cdn-{}.example.com", region); }

std::vector<std::string> region_names(std::size_t count) {
  constexpr std::array<std::string_view, 8> known = {"us-west", "us-east",  "eu-central", "apac",
                                                     "sa-east", "af-south", "me-central", "eu-north"};
  std::vector<std::string> names;
  for (std::size_t i = 0; i < count; ++i) {
    names.push_back(i < known.size() ? std::string(known[i]) : fmt::format("region-{}", i + 1));
  }
  return names;
}

}  // namespace cachewitness::lab
