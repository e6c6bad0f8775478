#include "http/cache_control.h"

#include <algorithm>

#include "base/text.h"
#include "http/delta_seconds.h"
#include "http/field_list.h"

namespace cachewitness::http {

namespace {

// RFC 9111 5.2: both the token and the quoted-string form of an argument are to be accepted.
std::string unquoted(std::string_view text) {
  if (text.size() < 2 || !text.starts_with('"') || !text.ends_with('"')) {
    return std::string(text);
  }
  text = text.substr(1, text.size() - 2);
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 1 < text.size()) {
      ++i;
    }
    out += text[i];
  }
  return out;
}

std::vector<CacheControl::Directive> as_set(std::vector<CacheControl::Directive> directives) {
  std::ranges::sort(directives);
  const auto repeated = std::ranges::unique(directives);
  directives.erase(repeated.begin(), repeated.end());
  return directives;
}

}  // namespace

bool CacheControl::has(std::string_view name) const {
  return std::ranges::any_of(directives, [name](const Directive& d) { return d.name == name; });
}

std::optional<std::int64_t> CacheControl::seconds(std::string_view name) const {
  const auto found = std::ranges::find(directives, name, &Directive::name);
  return found == directives.end() ? std::nullopt : parse_delta_seconds(found->value);
}

std::optional<std::int64_t> CacheControl::shared_lifetime() const {
  const auto shared = seconds("s-maxage");
  return shared ? shared : seconds("max-age");
}

CacheControl parse_cache_control(std::string_view value) {
  CacheControl out;
  std::string_view member;
  while (next_member(value, member)) {
    const std::size_t equals = member.find('=');
    const std::string_view name = base::trim(member.substr(0, equals));
    if (name.empty()) {
      continue;
    }
    const std::string_view argument =
        equals == std::string_view::npos ? std::string_view{} : base::trim(member.substr(equals + 1));
    out.directives.push_back({base::lower_case(name), unquoted(argument)});
  }
  return out;
}

bool same_directives(const CacheControl& a, const CacheControl& b) {
  return as_set(a.directives) == as_set(b.directives);
}

}  // namespace cachewitness::http
