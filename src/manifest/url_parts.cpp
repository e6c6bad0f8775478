#include "manifest/url_parts.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include <fmt/format.h>

#include "base/socket_address.h"
#include "base/text.h"

namespace cachewitness::manifest {

namespace {

constexpr std::size_t longest_host = 253;  // RFC 1035 2.3.4, without the final dot
constexpr std::size_t longest_label = 63;
constexpr std::size_t longest_asset = std::size_t{8} << 10;

// Every request of a run is split here, so bytes are looked up rather than compared.
using ByteSet = std::array<bool, 256>;

constexpr ByteSet host_bytes = [] {
  ByteSet set{};
  for (const char c : std::string_view("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_")) {
    set[static_cast<unsigned char>(c)] = true;
  }
  return set;
}();

constexpr ByteSet target_bytes = [] {
  ByteSet set{};
  for (std::size_t c = ' ' + 1; c < 0x7F; ++c) {
    set[c] = c != '#';
  }
  return set;
}();

bool is_host_byte(char c) { return host_bytes[static_cast<unsigned char>(c)]; }
bool is_target_byte(char c) { return target_bytes[static_cast<unsigned char>(c)]; }

bool is_valid_host(std::string_view host) {
  if (host.starts_with('[')) {
    return host.ends_with(']') && host.size() > 2 && base::parse_ip(host.substr(1, host.size() - 2), 0);
  }
  if (host.ends_with('.')) {
    host.remove_suffix(1);
  }
  if (host.empty() || host.size() > longest_host) {
    return false;
  }
  std::size_t label = 0;
  for (const char c : host) {
    if (c == '.' ? label == 0 : !is_host_byte(c)) {
      return false;
    }
    label = c == '.' ? 0 : label + 1;
    if (label > longest_label) {
      return false;
    }
  }
  return label != 0;
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint32_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  const bool is_port = error == std::errc{} && end == text.data() + text.size() && port >= 1 && port <= 65535;
  return is_port ? std::optional(static_cast<std::uint16_t>(port)) : std::nullopt;
}

// Where the host ends and ":port" starts; the colons of a bracketed IPv6 address are the host's.
std::size_t port_colon(std::string_view authority) {
  const std::size_t close = authority.starts_with('[') ? authority.find(']') : 0;
  return close == std::string_view::npos ? close : authority.find(':', close);
}

std::string target_fault(std::string_view target) {
  const auto bad = std::ranges::find_if_not(target, is_target_byte);
  if (bad == target.end()) {
    return {};
  }
  if (*bad == '#') {
    return "a fragment (\"#\") is never sent; write %23 where the path has one";
  }
  return fmt::format("the byte \"{}\" must be percent-encoded", base::printable({&*bad, 1}));
}

}  // namespace

std::expected<UrlParts, std::string> split_url(std::string_view url) {
  UrlParts parts;
  if (url.starts_with("http://")) {
    parts.is_tls = false;
    parts.port = 80;
  } else if (!url.starts_with("https://")) {
    return std::unexpected<std::string>("it does not start with http:// or https://");
  }
  const std::string_view rest = url.substr(parts.is_tls ? 8 : 7);
  const auto ends_authority = [](char c) { return c == '/' || c == '?' || c == '#'; };
  const auto* const end = std::ranges::find_if(rest, ends_authority);
  const std::size_t path = end == rest.end() ? std::string_view::npos : static_cast<std::size_t>(end - rest.begin());
  parts.authority = rest.substr(0, path);
  const std::size_t colon = port_colon(parts.authority);
  parts.host = parts.authority.substr(0, colon);
  if (!is_valid_host(parts.host)) {
    return std::unexpected(fmt::format("the host \"{}\" is not a valid host name", base::printable(parts.host)));
  }
  if (colon != std::string_view::npos) {
    const std::string_view text = parts.authority.substr(colon + 1);
    const auto port = parse_port(text);
    if (!port) {
      return std::unexpected(fmt::format("the port \"{}\" is not 1 to 65535", base::printable(text)));
    }
    // RFC 9110 4.2: the default port is left out; real caches key on the bytes of Host.
    parts.authority = *port == parts.port ? parts.host : parts.authority;
    parts.port = *port;
  }
  parts.target = path == std::string_view::npos ? std::string_view("/") : rest.substr(path);
  if (!parts.target.starts_with('/')) {
    return std::unexpected<std::string>("the path must start with \"/\"");
  }
  if (std::string fault = target_fault(parts.target); !fault.empty()) {
    return std::unexpected(std::move(fault));
  }
  return parts;
}

bool is_valid_authority(std::string_view authority) {
  const std::size_t colon = port_colon(authority);
  return is_valid_host(authority.substr(0, colon)) &&
         (colon == std::string_view::npos || parse_port(authority.substr(colon + 1)));
}

std::string asset_fault(std::string_view asset) {
  if (!asset.starts_with('/')) {
    return "it must start with \"/\"";
  }
  if (asset.size() > longest_asset) {
    return "it is longer than 8 KiB";
  }
  return target_fault(asset);
}

}  // namespace cachewitness::manifest
