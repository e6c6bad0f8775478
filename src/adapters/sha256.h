// Sha256: of bytes in one piece.
#pragma once

#include <string_view>

#include "base/digest.h"

namespace cachewitness::adapters {

[[nodiscard]] base::Digest sha256(std::string_view bytes);

}  // namespace cachewitness::adapters
