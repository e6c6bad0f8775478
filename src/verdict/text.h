// Text: a string that the notebook keeps. None and empty are two things: a header that is absent is not one
// without a value.
#pragma once

#include <cstdint>
#include <string_view>

namespace cachewitness::verdict {

class Text {
 public:
  Text() = default;
  // Borrows the bytes.
  explicit Text(std::string_view bytes)
      : data_(bytes.data() == nullptr ? "" : bytes.data()), size_(static_cast<std::uint32_t>(bytes.size())) {}

  [[nodiscard]] bool is_none() const { return data_ == nullptr; }
  // Empty where there is none.
  [[nodiscard]] std::string_view view() const { return {data_, size_}; }

  friend bool operator==(Text a, Text b) {
    return a.is_none() == b.is_none() && a.size_ == b.size_ && (a.data_ == b.data_ || a.view() == b.view());
  }

 private:
  const char* data_ = nullptr;
  std::uint32_t size_ = 0;
};

}  // namespace cachewitness::verdict
