// What is done with every decoded body beside counting and hashing it. Shared by all that read bodies, on any thread.
#pragma once

#include <memory>
#include <vector>

#include "evidence/evidence.h"
#include "manifest/leaks.h"
#include "probe/body_mask.h"

namespace cachewitness::probe {

// What to look for.
struct SoughtMark {
  evidence::BodyMark::Kind kind = evidence::BodyMark::Kind::tenant;
  manifest::Surroundings around;  // of the text to note; `before` is not empty, and of private text all there is
};

struct BodyRules {
  std::shared_ptr<const BodyMask> mask;  // what is left out of the digest; null: nothing
  std::vector<SoughtMark> marks;
};

}  // namespace cachewitness::probe
