// Datagrams: bytes with the boundaries between them, in one buffer that is kept.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace cachewitness::probe {

class Datagrams {
 public:
  void clear() {
    bytes_.clear();
    ends_.clear();
  }
  void add(std::string_view datagram) {
    bytes_.append(datagram);
    ends_.push_back(bytes_.size());
  }
  [[nodiscard]] std::size_t size() const { return ends_.size(); }
  // Valid until the next add(). Requires: index < size().
  [[nodiscard]] std::string_view at(std::size_t index) const {
    const std::size_t begin = index == 0 ? 0 : ends_[index - 1];
    return std::string_view(bytes_).substr(begin, ends_[index] - begin);
  }

 private:
  std::string bytes_;
  std::vector<std::size_t> ends_;
};

}  // namespace cachewitness::probe
