#include "base/secret.h"

#include <cstring>

namespace cachewitness::base {

void Secret::wipe() noexcept {
  // glibc's explicit_bzero is never optimised away.
  explicit_bzero(value_.data(), value_.size());
  value_.clear();
}

}  // namespace cachewitness::base
