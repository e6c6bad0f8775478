// CellView: everything that a rule may look at to judge one cell. Built by the judge, read by the rules.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "evidence/run_header.h"
#include "verdict/generation.h"
#include "verdict/sighting.h"
#include "verdict/truth.h"
#include "verdict/version.h"

namespace cachewitness::verdict {

// One answer of the edge, read against truth and baseline.
struct Look {
  const Sighting* seen = nullptr;
  VersionReading version;
  Dating dating;

  [[nodiscard]] bool is_current() const { return version.is(Version::current); }
  // The edge's own trouble (5xx, 429), made for this request: it says nothing about what is stored.
  [[nodiscard]] bool is_own_error() const {
    return (seen->status >= 500 || seen->status == 429) && !seen->is_from_store();
  }
  [[nodiscard]] bool is_not_current() const { return version.is(Version::previous) || version.is(Version::other); }
};

struct CellView {
  const evidence::RunHeader* header = nullptr;
  const Notebook* notebook = nullptr;
  evidence::Cell cell;
  std::string_view edge;  // names, for people
  std::string_view variant;
  std::uint32_t servers = 1;  // that hide behind the edge's address, as far as known
  Truth truth;
  std::vector<TextId> truth_cores;  // ETag cores of the truth, of every variant of the asset
  const Sighting* baseline = nullptr;
  std::optional<VersionReading> baseline_version;
  // Answers, oldest first; the edge's own errors only where there is nothing else.
  std::vector<Look> looks;
  std::vector<const Sighting*> failures;                // no answer, oldest first
  std::vector<const Sighting*> other_variants_current;  // answers of sibling variants that are current throughout

  [[nodiscard]] const evidence::PurgeTimes& purge() const { return header->purge; }
  [[nodiscard]] std::string_view text(TextId id) const { return notebook->text(id); }
  // The first answer of that version; null where there is none.
  [[nodiscard]] const Look* first(Version version) const;
  // The first answer whose content is not current.
  [[nodiscard]] const Look* first_not_current() const;
  // Every answer is current, and there is one.
  [[nodiscard]] bool is_current() const;
  // "status 404, digest 5f3a..., ETag ..." for expected and observed; peer bytes.
  [[nodiscard]] std::string describe(const Sighting& sighting) const;
  [[nodiscard]] std::string describe_truth() const;
};

}  // namespace cachewitness::verdict
