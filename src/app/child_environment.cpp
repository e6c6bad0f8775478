#include "app/child_environment.h"

namespace cachewitness::app {

std::vector<std::pair<std::string, std::string>> child_environment(const ports::Environment& environment,
                                                                   const std::vector<std::string>& named) {
  std::vector<std::pair<std::string, std::string>> seen;
  const auto pass_on = [&](const std::string& name) {
    if (auto value = environment.variable(name)) {
      seen.emplace_back(name, *std::move(value));
    }
  };
  for (const char* name : {"PATH", "LANG", "LC_ALL", "TMPDIR"}) {
    pass_on(name);
  }
  for (const std::string& name : named) {
    pass_on(name);
  }
  return seen;
}

}  // namespace cachewitness::app
