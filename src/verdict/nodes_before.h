// NodesBefore: the servers that answered at one edge before the deploy, and how many others may have been there
// unseen. In any order.
#pragma once

#include <cstdint>
#include <unordered_map>

namespace cachewitness::verdict {

class NodesBefore {
 public:
  // An answer of that server.
  void add(std::uint32_t node);

  [[nodiscard]] bool has(std::uint32_t node) const { return answers_of_.contains(node); }
  [[nodiscard]] std::uint64_t answers() const { return answers_; }
  [[nodiscard]] std::size_t servers() const { return answers_of_.size(); }
  // The chance that the next answer would have come from a server that had not answered yet. Good and Turing: the
  // share of those that answered once; one answer more of either kind keeps a few answers from meaning certainty.
  [[nodiscard]] double unseen_share() const;

 private:
  std::unordered_map<std::uint32_t, std::uint64_t> answers_of_;
  std::uint64_t answers_ = 0;
};

}  // namespace cachewitness::verdict
