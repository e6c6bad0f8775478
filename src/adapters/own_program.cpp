#include "adapters/own_program.h"

#include <filesystem>
#include <system_error>

namespace cachewitness::adapters {

std::string own_program() {
  constexpr const char* link = "/proc/self/exe";
  std::error_code error;
  const std::filesystem::path path = std::filesystem::read_symlink(link, error);
  return error ? std::string(link) : path.string();
}

}  // namespace cachewitness::adapters
