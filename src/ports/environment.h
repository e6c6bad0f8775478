// Environment: variables of our own process, and where it runs.
#pragma once

#include <optional>
#include <string>

namespace cachewitness::ports {

class Environment {
 public:
  virtual ~Environment() = default;
  [[nodiscard]] virtual std::optional<std::string> variable(const std::string& name) const = 0;
  [[nodiscard]] virtual std::string working_directory() const = 0;
};

}  // namespace cachewitness::ports
