// "https://{tenant.host}{asset}": parsed once, rendered per cell into a buffer without allocating.
// Knows which references there are, not whether a tenant has the attribute (tenant_intake.h).
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "manifest/ids.h"

namespace cachewitness::manifest {

struct Edge;
class TenantTable;

// A template as literal text and references (docs/manifest.md).
class UrlTemplate {
 public:
  struct Piece {
    enum class Kind : std::uint8_t { literal, environment, region, edge, tenant, asset, variant, host };
    Kind kind = Kind::literal;
    std::string text;  // the literal, or the attribute's name of an edge or a tenant

    friend bool operator==(const Piece&, const Piece&) = default;
  };

  UrlTemplate() = default;
  explicit UrlTemplate(std::vector<Piece> pieces) : pieces_(std::move(pieces)) {}

  [[nodiscard]] const std::vector<Piece>& pieces() const { return pieces_; }
  [[nodiscard]] bool empty() const { return pieces_.empty(); }
  [[nodiscard]] bool uses(Piece::Kind kind) const;
  // Whether what comes before the path (scheme, host, port) refers to that kind of thing.
  [[nodiscard]] bool uses_in_authority(Piece::Kind kind) const;
  [[nodiscard]] std::string text() const;

  friend bool operator==(const UrlTemplate&, const UrlTemplate&) = default;

 private:
  [[nodiscard]] std::size_t authority_pieces() const;

  std::vector<Piece> pieces_;
};

// Where a template stands decides what it may say.
enum class TemplateUse : std::uint8_t {
  url,  // scheme, host and path; knows no {host}
  host  // a host name alone, for Host or SNI; {host} is the URL's own; no {asset}
};
// The unexpected is one line for a person that says what to write instead.
[[nodiscard]] std::expected<UrlTemplate, std::string> parse_template(std::string_view text, TemplateUse use);

// What references stand for. Pointers may be null where the template does not refer to them.
struct TemplateValues {
  std::string_view environment;
  std::string_view region;
  const Edge* edge = nullptr;
  const TenantTable* tenants = nullptr;
  TenantId tenant;
  std::string_view asset;
  std::string_view variant;
  std::string_view host;
};
// Appends to `out`; an attribute that is not there adds nothing.
void append_rendered(const UrlTemplate& pattern, const TemplateValues& values, std::string& out);

}  // namespace cachewitness::manifest
