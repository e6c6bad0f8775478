// "https://{tenant.host}{asset}": parsed once, rendered per cell into a buffer without allocating.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace cachewitness::manifest {

// A template as literal text and references. What a reference may name: environment, region, edge.*,
// tenant.*, asset, variant, host (contract section 3).
class UrlTemplate {
 public:
  struct Piece {
    enum class Kind : std::uint8_t { literal, reference };
    Kind kind;
    std::string text;  // the literal, or the reference's path such as "tenant.host"
  };

  UrlTemplate() = default;
  explicit UrlTemplate(std::vector<Piece> pieces) : pieces_(std::move(pieces)) {}

  [[nodiscard]] const std::vector<Piece>& pieces() const { return pieces_; }
  [[nodiscard]] bool empty() const { return pieces_.empty(); }
  [[nodiscard]] std::string text() const;

 private:
  std::vector<Piece> pieces_;
};

}  // namespace cachewitness::manifest
