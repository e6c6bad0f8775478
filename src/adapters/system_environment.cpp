#include "adapters/system_environment.h"

#include <cstdlib>
#include <filesystem>
#include <system_error>

namespace cachewitness::adapters {

std::optional<std::string> SystemEnvironment::variable(const std::string& name) const {
  const char* const value = std::getenv(name.c_str());
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

std::string SystemEnvironment::working_directory() const {
  std::error_code error;
  return std::filesystem::current_path(error).string();
}

}  // namespace cachewitness::adapters
