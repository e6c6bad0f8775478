#include "manifest/url_template.h"

#include <algorithm>
#include <iterator>
#include <optional>

#include <fmt/format.h>

#include "base/socket_address.h"
#include "base/text.h"
#include "manifest/manifest.h"
#include "manifest/tenant_table.h"
#include "manifest/url_parts.h"

namespace cachewitness::manifest {

namespace {

using Piece = UrlTemplate::Piece;
using Kind = Piece::Kind;

std::string_view reference_word(Kind kind) {
  switch (kind) {
    case Kind::environment:
      return "environment";
    case Kind::region:
      return "region";
    case Kind::edge:
      return "edge.";
    case Kind::tenant:
      return "tenant.";
    case Kind::asset:
      return "asset";
    case Kind::variant:
      return "variant";
    case Kind::host:
      return "host";
    case Kind::literal:
      break;
  }
  return {};
}

constexpr std::string_view known_in_url = "{environment}, {region}, {edge.NAME}, {tenant.NAME}, {asset}, {variant}";
constexpr std::string_view known_in_host = "{host}, {environment}, {region}, {edge.NAME}, {tenant.NAME}, {variant}";

bool may_use(Kind kind, TemplateUse use) { return kind != (use == TemplateUse::url ? Kind::host : Kind::asset); }

std::string unknown_reference(std::string_view name, TemplateUse use) {
  const bool is_url = use == TemplateUse::url;
  const std::string_view own = is_url ? "asset" : "host";
  const auto near = base::nearest(name, {"environment", "region", "edge.name", "tenant.id", "tenant.host", "variant",
                                         own, is_url ? "tenant.base" : "edge.host"});
  return fmt::format("unknown reference \"{{{}}}\"{} (known: {})", base::printable(name, 60),
                     near ? fmt::format("; did you mean \"{{{}}}\"?", *near) : "",
                     is_url ? known_in_url : known_in_host);
}

std::expected<Piece, std::string> parse_reference(std::string_view name, TemplateUse use) {
  if (base::trim(name).empty()) {
    return std::unexpected<std::string>(
        "empty reference \"{}\"; write a name between the braces, such as {tenant.host}");
  }
  for (const Kind kind : {Kind::environment, Kind::region, Kind::asset, Kind::variant, Kind::host}) {
    if (name == reference_word(kind) && may_use(kind, use)) {
      return Piece{kind, {}};
    }
  }
  for (const Kind kind : {Kind::edge, Kind::tenant}) {
    const std::string_view prefix = reference_word(kind);
    if (name.starts_with(prefix) && name.size() > prefix.size()) {
      return Piece{kind, std::string(name.substr(prefix.size()))};
    }
    if (name == prefix || name == prefix.substr(0, prefix.size() - 1)) {
      return std::unexpected(fmt::format("the reference \"{{{}}}\" names no attribute; write {{{}{}}}",
                                         base::printable(name), prefix, kind == Kind::edge ? "name" : "id"));
    }
  }
  return std::unexpected(unknown_reference(name, use));
}

std::expected<std::vector<Piece>, std::string> parse_pieces(std::string_view text, TemplateUse use) {
  std::vector<Piece> pieces;
  while (!text.empty()) {
    const std::size_t brace = text.find_first_of("{}");
    if (brace != 0) {
      pieces.push_back({Kind::literal, std::string(text.substr(0, brace))});
      text.remove_prefix(std::min(brace, text.size()));
      continue;
    }
    const std::size_t close = text.find_first_of("{}", 1);
    if (text[0] == '}') {
      return std::unexpected<std::string>("a \"}\" without its \"{\"");
    }
    if (close == std::string_view::npos || text[close] == '{') {
      return std::unexpected(
          fmt::format("unclosed brace at \"{}\"; close the reference with \"}}\"", base::printable(text, 40)));
    }
    auto piece = parse_reference(text.substr(1, close - 1), use);
    if (!piece) {
      return std::unexpected(std::move(piece).error());
    }
    pieces.push_back(*std::move(piece));
    text.remove_prefix(close + 1);
  }
  return pieces;
}

// Empty where the template may be a URL.
std::string url_fault(const std::vector<Piece>& pieces) {
  constexpr std::string_view shape = "write it as \"https://{tenant.host}{asset}\"";
  const Piece& first = pieces.front();
  const bool has_scheme = first.kind == Kind::literal && first.text.find("://") != std::string::npos;
  // {tenant.base} may bring the scheme along; that is checked when the tenants are read.
  if (!has_scheme && first.kind != Kind::tenant) {
    return fmt::format("the URL has no scheme; {}", shape);
  }
  if (has_scheme && !first.text.starts_with("http://") && !first.text.starts_with("https://")) {
    const std::string_view scheme = std::string_view(first.text).substr(0, first.text.find("://"));
    return fmt::format("the scheme \"{}\" cannot be probed; write http:// or https://", base::printable(scheme));
  }
  const std::string_view after = has_scheme ? std::string_view(first.text).substr(first.text.find("://") + 3) : "";
  const bool has_fixed_path = after.find('/') != std::string_view::npos ||
                              std::any_of(pieces.begin() + (has_scheme ? 1 : 0), pieces.end(), [](const Piece& piece) {
                                return piece.kind == Kind::literal && piece.text.find('/') != std::string::npos;
                              });
  const bool has_asset = std::ranges::any_of(pieces, [](const Piece& piece) { return piece.kind == Kind::asset; });
  if (!has_asset && !has_fixed_path) {
    return fmt::format("the URL has neither {{asset}} nor a path of its own; {}", shape);
  }
  const bool has_host = !after.empty() ? after.front() != '/' : pieces.size() > 1 || !has_scheme;
  if (!has_host || (has_scheme && after.empty() && pieces[1].kind == Kind::asset)) {
    return fmt::format("the URL has no host; {}", shape);
  }
  return {};
}

// What the literals alone make impossible, such as a port of 99999: seen with "1" for every reference.
std::string sample_fault(const std::vector<Piece>& pieces) {
  if (pieces.front().kind != Kind::literal) {
    return {};  // {tenant.base} brings the scheme along
  }
  std::string sample;
  for (const Piece& piece : pieces) {
    sample += piece.kind == Kind::literal ? std::string_view(piece.text) : piece.kind == Kind::asset ? "/1" : "1";
  }
  const auto parts = split_url(sample);
  return parts ? std::string() : parts.error();
}

std::string host_fault(const std::vector<Piece>& pieces) {
  for (const Piece& piece : pieces) {
    if (piece.kind == Kind::literal && piece.text.find_first_of("/?#@ ") != std::string::npos) {
      return fmt::format("\"{}\" cannot stand in a host name; write the host alone, without scheme and path",
                         base::printable(piece.text));
    }
  }
  return {};
}

void append_edge(const Edge& edge, std::string_view name, std::string& out) {
  const bool is_v6 = edge.host.find(':') != std::string::npos;
  if (name == "name") {
    out += edge.name;
  } else if (name == "host") {
    out += edge.host;
  } else if (name == "port" && edge.port != 0) {
    fmt::format_to(std::back_inserter(out), "{}", edge.port);
  } else if (name == "address") {
    fmt::format_to(std::back_inserter(out), "{}{}{}", is_v6 ? "[" : "", edge.host, is_v6 ? "]" : "");
    if (edge.port != 0) {
      fmt::format_to(std::back_inserter(out), ":{}", edge.port);
    }
  } else if (name == "provider") {
    out += edge.provider;
  } else {
    const auto found = std::ranges::find(edge.attributes, name, &std::pair<std::string, std::string>::first);
    out += found == edge.attributes.end() ? std::string_view{} : std::string_view(found->second);
  }
}

}  // namespace

bool UrlTemplate::uses(Piece::Kind kind) const {
  return std::ranges::find(pieces_, kind, &Piece::kind) != pieces_.end();
}

std::size_t UrlTemplate::authority_pieces() const {
  for (std::size_t i = 0; i < pieces_.size(); ++i) {
    const Piece& piece = pieces_[i];
    const std::size_t scheme = piece.text.find("://");
    const bool is_literal = piece.kind == Kind::literal;
    const std::size_t from = is_literal && scheme != std::string::npos ? scheme + 3 : 0;
    if (piece.kind == Kind::asset || (is_literal && piece.text.find('/', from) != std::string::npos)) {
      return i;
    }
  }
  return pieces_.size();
}

bool UrlTemplate::uses_in_authority(Piece::Kind kind) const {
  const auto end = pieces_.begin() + static_cast<std::ptrdiff_t>(authority_pieces());
  return std::find_if(pieces_.begin(), end, [kind](const Piece& piece) { return piece.kind == kind; }) != end;
}

std::string UrlTemplate::text() const {
  std::string out;
  for (const Piece& piece : pieces_) {
    if (piece.kind == Kind::literal) {
      out += piece.text;
    } else {
      out += fmt::format("{{{}{}}}", reference_word(piece.kind), piece.text);
    }
  }
  return out;
}

std::expected<UrlTemplate, std::string> parse_template(std::string_view text, TemplateUse use) {
  if (text.empty()) {
    return std::unexpected<std::string>("empty; write a value or leave the key out");
  }
  auto pieces = parse_pieces(text, use);
  if (!pieces) {
    return std::unexpected(std::move(pieces).error());
  }
  std::string fault = use == TemplateUse::url ? url_fault(*pieces) : host_fault(*pieces);
  if (fault.empty() && use == TemplateUse::url) {
    fault = sample_fault(*pieces);
  }
  if (!fault.empty()) {
    return std::unexpected(std::move(fault));
  }
  return UrlTemplate(*std::move(pieces));
}

void append_rendered(const UrlTemplate& pattern, const TemplateValues& values, std::string& out) {
  for (const Piece& piece : pattern.pieces()) {
    switch (piece.kind) {
      case Kind::literal:
        out += piece.text;
        break;
      case Kind::environment:
        out += values.environment;
        break;
      case Kind::region:
        out += values.region;
        break;
      case Kind::asset:
        out += values.asset;
        break;
      case Kind::variant:
        out += values.variant;
        break;
      case Kind::host:
        out += values.host;
        break;
      case Kind::edge:
        if (values.edge != nullptr) {
          append_edge(*values.edge, piece.text, out);
        }
        break;
      case Kind::tenant:
        if (values.tenants != nullptr) {
          out += values.tenants->attribute(values.tenant, piece.text);
        }
        break;
    }
  }
}

}  // namespace cachewitness::manifest
