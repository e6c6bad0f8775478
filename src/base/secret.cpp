#include "base/secret.h"

#include <cstring>

namespace cachewitness::base {

void Secret::wipe() noexcept {
  // glibc's explicit_bzero is never optimised away.
  explicit_bzero(value_.data(), value_.size());
  value_.clear();
}

void mask(std::string& text, const Secret& secret, std::size_t start) {
  constexpr std::size_t shortest = 6;
  constexpr std::string_view put = "***";
  const std::string_view value = secret.expose();
  if (value.size() < shortest) {
    return;
  }
  for (std::size_t at = text.find(value, start); at != std::string::npos; at = text.find(value, at + put.size())) {
    text.replace(at, value.size(), put);
  }
}

}  // namespace cachewitness::base
