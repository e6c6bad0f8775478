// Ids that do not mix: EdgeId and TenantId are both a 32-bit index, and not the same type.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>

namespace cachewitness::base {

template <typename Tag>
struct StrongId {
  std::uint32_t value = none_value;

  static constexpr std::uint32_t none_value = 0xFFFFFFFF;
  static constexpr StrongId none() { return {}; }
  [[nodiscard]] constexpr bool is_none() const { return value == none_value; }
  [[nodiscard]] constexpr std::size_t index() const { return value; }
  friend constexpr auto operator<=>(const StrongId&, const StrongId&) = default;
};

}  // namespace cachewitness::base

template <typename Tag>
struct std::hash<cachewitness::base::StrongId<Tag>> {
  std::size_t operator()(const cachewitness::base::StrongId<Tag>& id) const noexcept {
    return std::hash<std::uint32_t>{}(id.value);
  }
};
