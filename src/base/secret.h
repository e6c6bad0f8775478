// Secret: a value that must not be printed. It has no stream operator and no formatter; the one way to
// its bytes is expose(), which is easy to search for. Its memory is wiped.
#pragma once

#include <string>
#include <string_view>

namespace cachewitness::base {

class Secret {
 public:
  explicit Secret(std::string value) : value_(std::move(value)) {}
  Secret(Secret&& other) noexcept : value_(other.value_) { other.wipe(); }
  Secret& operator=(Secret&&) = delete;
  Secret(const Secret&) = default;
  Secret& operator=(const Secret&) = delete;
  ~Secret() { wipe(); }

  [[nodiscard]] std::string_view expose() const { return value_; }

 private:
  void wipe() noexcept;

  std::string value_;
};

// Puts "***" for every occurrence of the secret in `text`, from `start` on. Values of fewer than six bytes are left,
// for they would mask ordinary text.
void mask(std::string& text, const Secret& secret, std::size_t start = 0);

}  // namespace cachewitness::base
