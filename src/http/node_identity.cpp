#include "http/node_identity.h"

#include <algorithm>

#include "base/base64.h"
#include "base/text.h"
#include "http/cache_status.h"
#include "http/field_list.h"
#include "http/via.h"

namespace cachewitness::http {

namespace {

using Cut = IdentityField::Cut;

constexpr std::size_t longest_name = 80;

bool is_name(std::string_view text) {
  constexpr std::string_view others = "-._:/";
  return !text.empty() && text.size() <= longest_name && std::ranges::all_of(text, [others](char c) {
    const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    return is_letter || (c >= '0' && c <= '9') || others.find(c) != std::string_view::npos;
  });
}

std::string_view last_member(std::string_view value) {
  std::string_view member;
  while (next_member(value, member)) {
  }
  return member;
}

std::string_view before(std::string_view text, std::size_t at) {
  return at == std::string_view::npos ? std::string_view{} : text.substr(0, at);
}

std::string_view after(std::string_view text, std::size_t at, std::size_t size) {
  return at == std::string_view::npos || at + size > text.size() ? std::string_view{} : text.substr(at + size);
}

std::string_view after_from(std::string_view member) {
  constexpr std::string_view from = " from ";
  const std::string_view rest = after(member, member.find(from), from.size());
  return rest.substr(0, rest.find(' '));
}

// "a23-67-252-148.deploy.akamaitechnologies.com" has the address of the machine in it.
std::string address_in(std::string_view host) {
  std::string_view label = host.substr(0, host.find('.'));
  if (!label.starts_with('a')) {
    return {};
  }
  label.remove_prefix(1);
  std::string address(label);
  std::ranges::replace(address, '-', '.');
  const bool is_address = std::ranges::count(address, '.') == 3 &&
                          std::ranges::all_of(address, [](char c) { return c == '.' || (c >= '0' && c <= '9'); });
  return is_address ? address : std::string{};
}

// Up to 7.1 Varnish writes the word "varnish" on every machine.
std::string_view via_host(std::string_view value) {
  const std::string_view member = last_via_member(value);
  const auto hops = parse_via(member);
  return hops.empty() || hops.front().received_by == "varnish" ? std::string_view{} : hops.front().received_by;
}

std::string last_cache(std::string_view value) {
  const auto hops = parse_cache_status(value);
  return hops.empty() ? std::string{} : hops.back().cache;
}

// W3C Server Timing: `cdn-pop;desc="FRA56-P2"`.
std::string_view timing_pop(std::string_view value) {
  std::string_view member;
  while (next_member(value, member)) {
    std::string_view part;
    if (!next_member(member, part, ';') || part != "cdn-pop") {
      continue;
    }
    constexpr std::string_view description = "desc=";
    while (next_member(member, part, ';')) {
      if (part.starts_with(description)) {
        part.remove_prefix(description.size());
        const bool is_quoted = part.size() >= 2 && part.starts_with('"') && part.ends_with('"');
        return is_quoted ? part.substr(1, part.size() - 2) : part;
      }
    }
  }
  return {};
}

// The older form of X-Azure-Ref: "0", then base64 of a time (4 bytes), four zeros, a GUID (16), and the machine's name
// up to a NUL. Read off samples that Microsoft and its users have published; the newer form names no machine.
std::string machine_in_azure_ref(std::string_view value) {
  constexpr std::size_t name_at = 24;
  const auto bytes = value.starts_with('0') ? base::parse_base64(value.substr(1)) : std::nullopt;
  if (!bytes || bytes->size() <= name_at || bytes->substr(4, 4) != std::string_view("\0\0\0\0", 4)) {
    return {};
  }
  const std::size_t end = bytes->find('\0', name_at);
  return end == std::string::npos ? std::string{} : bytes->substr(name_at, end - name_at);
}

std::string cut(const IdentityField& identity, std::string_view value) {
  const std::string_view member = last_member(value);
  switch (identity.cut) {
    case Cut::whole:
      return std::string(base::trim(value));
    case Cut::last_member:
      return std::string(member);
    case Cut::after_first_dash:
      return std::string(after(member, member.find('-'), 1));
    case Cut::between_dashes:
      return std::string(after(before(member, member.rfind('-')), member.find('-'), 1));
    case Cut::after_last_dash:
      return std::string(after(member, member.rfind('-'), 1));
    case Cut::before_first_dash:
      return std::string(before(member, member.find('-')));
    case Cut::before_two_colons:
      return std::string(before(member, member.find("::")));
    case Cut::after_from:
      return std::string(after_from(member));
    case Cut::address_after_from:
      return address_in(after_from(member));
    case Cut::via_host:
      return std::string(via_host(value));
    case Cut::last_cache:
      return last_cache(value);
    case Cut::timing_pop:
      return std::string(timing_pop(value));
    case Cut::machine_in_azure_ref:
      return machine_in_azure_ref(base::trim(value));
  }
  return {};
}

std::string read(const IdentityField& identity, std::string_view value) {
  if (!last_member(value).starts_with(identity.prefix)) {
    return {};
  }
  std::string name = cut(identity, value);
  return is_name(name) ? name : std::string{};
}

}  // namespace

NodeIdentity read_node_identity(ProviderValues values, Provider provider) {
  NodeIdentity identity;
  if (provider == Provider::unknown) {
    return identity;
  }
  for (const IdentityField& field : row_of(provider).identity) {
    std::string& name = field.what == IdentityField::What::pop ? identity.pop : identity.node;
    if (name.empty() && values[field.field]) {
      name = read(field, *values[field.field]);
    }
  }
  return identity;
}

}  // namespace cachewitness::http
