// SecretRef: where a secret comes from. Its value is read by the app, when it is needed and not before.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/error.h"

namespace cachewitness::manifest {

struct SecretRef {
  enum class Kind : std::uint8_t { environment, file, command };
  Kind kind = Kind::environment;
  std::string name;               // variable or path
  std::vector<std::string> argv;  // for a command
  base::SourceSpan where;
};

}  // namespace cachewitness::manifest
