// SystemEntropy: ports::Entropy from the kernel's generator.
#pragma once

#include "ports/entropy.h"

namespace cachewitness::adapters {

class SystemEntropy final : public ports::Entropy {
 public:
  std::uint64_t next() override;
};

}  // namespace cachewitness::adapters
