#include "verdict/nodes_met.h"

#include <algorithm>

namespace cachewitness::verdict {

namespace {

constexpr std::size_t recent_connections = 64;

}  // namespace

void NodesMet::add(std::uint64_t connection, std::uint64_t node) {
  const Meeting meeting{connection, node};
  if (recent_.empty()) {
    // What belongs into another place stands for none.
    for (std::size_t i = 0; i < recent_connections; ++i) {
      recent_.push_back({i + 1, 0});
    }
  }
  Meeting& recent = recent_[connection % recent_connections];
  if (recent == meeting) {
    return;
  }
  recent = meeting;
  meetings_.push_back(meeting);
  is_sorted_ = false;
  if (meetings_.size() >= limit_) {
    weed_out();
    limit_ = std::max(limit_, 2 * meetings_.size());
  }
}

void NodesMet::weed_out() const {
  std::ranges::sort(meetings_);
  const auto repeated = std::ranges::unique(meetings_);
  meetings_.erase(repeated.begin(), repeated.end());
  std::size_t kept = 0;
  for (const Meeting& meeting : meetings_) {
    const bool is_third = kept >= 2 && meetings_[kept - 2].connection == meeting.connection;
    if (!is_third) {
      meetings_[kept++] = meeting;
    }
  }
  meetings_.resize(kept);
  is_sorted_ = true;
}

std::optional<std::uint64_t> NodesMet::on(std::uint64_t connection) const {
  if (!is_sorted_) {
    weed_out();
  }
  const auto found = std::ranges::equal_range(meetings_, connection, {}, &Meeting::connection);
  return found.size() == 1 ? std::optional(found.front().node) : std::nullopt;
}

std::size_t NodesMet::memory_bytes() const { return (recent_.capacity() + meetings_.capacity()) * sizeof(Meeting); }

}  // namespace cachewitness::verdict
