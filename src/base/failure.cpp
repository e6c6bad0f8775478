#include "base/failure.h"

#include <array>
#include <cstddef>

namespace cachewitness::base {

namespace {

constexpr std::array<std::string_view, 6> stage_names{"resolve", "connect", "tls", "request", "head", "body"};
constexpr std::array<std::string_view, 9> cause_names{
    "dns", "refused", "unreachable", "timeout", "reset", "tls", "malformed-response", "too-large", "cancelled"};

template <typename Enum, std::size_t N>
bool find_name(const std::array<std::string_view, N>& names, std::string_view text, Enum& out) {
  for (std::size_t i = 0; i < N; ++i) {
    if (names[i] == text) {
      out = static_cast<Enum>(i);
      return true;
    }
  }
  return false;
}

}  // namespace

std::string_view name(Stage stage) { return stage_names.at(static_cast<std::size_t>(stage)); }
std::string_view name(FailureCause cause) { return cause_names.at(static_cast<std::size_t>(cause)); }
bool parse_name(std::string_view text, Stage& out) { return find_name(stage_names, text, out); }
bool parse_name(std::string_view text, FailureCause& out) { return find_name(cause_names, text, out); }

}  // namespace cachewitness::base
