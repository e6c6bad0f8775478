// PurgeFailures: what the journal says was not purged, found by what a cell asks for. There may be very many.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "evidence/run_header.h"

namespace cachewitness::verdict {

class PurgeFailures {
 public:
  // Borrows `purge`.
  explicit PurgeFailures(const evidence::PurgeTimes& purge);

  struct Asked {
    std::string_view environment;
    std::string_view edge;
    std::string_view variant;
    std::string_view url;
  };
  // A failed purge that would have been of it: one that is known to have failed before one whose end is unknown. Null
  // where there is none.
  [[nodiscard]] const evidence::PurgeFailure* find(const Asked& asked) const;
  [[nodiscard]] bool is_empty() const { return by_item_.empty() && purge_.failures_left_out == 0; }
  // Some of them may be of anything: a tag names no URL, and of those that were left out nothing is known.
  [[nodiscard]] bool has_vague() const { return has_tag_ || purge_.failures_left_out > 0; }

 private:
  const evidence::PurgeTimes& purge_;
  std::vector<std::uint32_t> by_item_;     // index into failures
  std::vector<std::size_t> prefix_sizes_;  // of prefixes among them; ascending, each once
  bool has_tag_ = false;
};

}  // namespace cachewitness::verdict
