// SystemEnvironment: ports::Environment of this very process.
#pragma once

#include "ports/environment.h"

namespace cachewitness::adapters {

class SystemEnvironment final : public ports::Environment {
 public:
  [[nodiscard]] std::optional<std::string> variable(const std::string& name) const override;
  // Empty where the directory was removed under us.
  [[nodiscard]] std::string working_directory() const override;
};

}  // namespace cachewitness::adapters
