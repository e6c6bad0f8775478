// MarkScanner: finds marks in a body that comes in pieces. Keeps no more of it than the longest mark may span.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "evidence/evidence.h"
#include "probe/body_rules.h"

namespace cachewitness::probe {

// A noted text is not longer than this; what is longer is none.
inline constexpr std::size_t longest_mark = 200;

class MarkScanner {
 public:
  // `sought` outlives it.
  explicit MarkScanner(const std::vector<SoughtMark>& sought) : sought_(sought) {}

  void start();
  void take(std::string_view bytes);
  // The body is over: what still waited for more has come to its end.
  void end();
  [[nodiscard]] const std::vector<evidence::BodyMark>& found() const { return found_; }

 private:
  enum class Tail : bool { open, final };

  void scan(Tail tail);
  // Where reading has to begin once more bytes are there; `pending_.size()` where all was read.
  [[nodiscard]] std::size_t scan(const SoughtMark& sought, Tail tail);
  void note(evidence::BodyMark mark);

  const std::vector<SoughtMark>& sought_;
  std::string pending_;
  std::vector<evidence::BodyMark> found_;
};

}  // namespace cachewitness::probe
