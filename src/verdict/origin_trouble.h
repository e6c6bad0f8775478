// Trouble at the origin: replicas that gave no answer, or that serve another version than the rest.
#pragma once

#include <vector>

#include "verdict/books.h"
#include "verdict/judgement.h"

namespace cachewitness::verdict {

// One entry a replica and kind of trouble, sorted by replica and words.
[[nodiscard]] std::vector<OriginTrouble> find_origin_trouble(const Books& books);

}  // namespace cachewitness::verdict
