// LineSplitter: the client's bytes, cut into messages. A line beyond the limit is passed over, and told.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace cachewitness::mcp {

class LineSplitter {
 public:
  explicit LineSplitter(std::size_t most) : most_(most) {}

  // Calls `take` for each line that is whole, without its end; `refuse` once for each that is too long.
  void feed(std::string_view bytes, const std::function<void(std::string_view)>& take,
            const std::function<void()>& refuse) {
    while (!bytes.empty()) {
      const std::size_t end = bytes.find('\n');
      const std::string_view part = bytes.substr(0, end);
      bytes.remove_prefix(end == std::string_view::npos ? bytes.size() : end + 1);
      if (!is_skipping_ && line_.size() + part.size() > most_) {
        is_skipping_ = true;
        line_.clear();
        refuse();
      }
      if (!is_skipping_) {
        line_ += part;
      }
      if (end != std::string_view::npos) {
        if (!is_skipping_) {
          take(line_);
        }
        is_skipping_ = false;
        line_.clear();
      }
    }
  }

 private:
  std::size_t most_;
  std::string line_;
  bool is_skipping_ = false;  // the rest of a line that was refused
};

}  // namespace cachewitness::mcp
