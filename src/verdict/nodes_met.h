// NodesMet: which machine answered on which connection to one edge, as far as machines name themselves. In any order.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace cachewitness::verdict {

class NodesMet {
 public:
  // `node`: a hash of its name. Cheap where it repeats what was said of the connection lately.
  void add(std::uint64_t connection, std::uint64_t node);
  // Nothing where none was named on the connection, or several: then it is not known whom each request met.
  [[nodiscard]] std::optional<std::uint64_t> on(std::uint64_t connection) const;
  [[nodiscard]] std::size_t memory_bytes() const;

 private:
  struct Meeting {
    std::uint64_t connection = 0;
    std::uint64_t node = 0;

    friend auto operator<=>(const Meeting&, const Meeting&) = default;
  };

  // Sorts; of each connection's nodes it leaves two, which is as good as many.
  void weed_out() const;

  std::vector<Meeting> recent_;  // by connection, the last of them; empty before the first
  mutable std::vector<Meeting> meetings_;
  mutable bool is_sorted_ = true;
  std::size_t limit_ = 4096;  // where repetitions are weeded out
};

}  // namespace cachewitness::verdict
