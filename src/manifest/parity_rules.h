// What may differ between environments, as the manifest's `parity` declares it. Everything that is declared is shown
// as waived; nothing is hidden by it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"

namespace cachewitness::manifest {

// Whether every environment is to serve the same release. `any`: bodies and the values of validators may differ.
enum class ExpectedVersion : std::uint8_t { any, same };

// One text of one environment, such as a host name.
struct ParityText {
  std::string name;  // of the environment
  std::string text;

  friend bool operator==(const ParityText&, const ParityText&) = default;
};

// Texts that stand for the same thing, one an environment.
struct ParityMapping {
  std::string name;
  std::vector<ParityText> values;

  friend bool operator==(const ParityMapping&, const ParityMapping&) = default;
};

// A difference that is tolerated where one side of it lies wholly within these globs.
struct ParityWaiver {
  std::string what;
  std::string environments = "*";
  std::string regions = "*";
  std::string edges = "*";
  std::string tenants = "*";
  std::string assets = "*";
  std::optional<base::Instant> until;

  friend bool operator==(const ParityWaiver&, const ParityWaiver&) = default;
};

struct ParityRules {
  ExpectedVersion version = ExpectedVersion::any;
  std::vector<std::string> ignore;  // globs of what is compared, lower case
  std::vector<ParityMapping> map;
  std::vector<ParityWaiver> allow;

  friend bool operator==(const ParityRules&, const ParityRules&) = default;
};

}  // namespace cachewitness::manifest
