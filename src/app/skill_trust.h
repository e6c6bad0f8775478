// Trust: the digest that a person has pinned for a skill's directory. A pinned skill that has changed does not run.
#pragma once

#include <string>

#include "app/ports.h"
#include "app/skill_source.h"
#include "base/result.h"

namespace cachewitness::app {

enum class Trust : std::uint8_t { unpinned, pinned, changed };

struct TrustState {
  Trust trust = Trust::unpinned;
  std::string difference;  // of a changed one: "scripts/purge.py has changed; assets/new.yaml is new"
};

[[nodiscard]] base::Result<TrustState> trust_of(const Ports& ports, const SkillSource& source);
[[nodiscard]] base::Result<void> pin(const Ports& ports, const SkillSource& source);
void unpin(const Ports& ports, const SkillSource& source);

}  // namespace cachewitness::app
