#include "http/target_alias.h"

#include <algorithm>
#include <vector>

#include "base/text.h"
#include "http/url_host.h"

namespace cachewitness::http {

namespace {

// RFC 3986 2.3: these mean the same with and without percent-encoding.
bool is_unreserved(char c) {
  const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  return is_letter || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == '~';
}

// RFC 3986 6.2.2.1 and 6.2.2.2.
std::string with_one_encoding(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const auto byte = text.front() == '%' ? base::parse_hex(base::lower_case(text.substr(1, 2))) : std::nullopt;
    if (!byte || byte->size() != 1) {
      out += text.front();
      text.remove_prefix(1);
      continue;
    }
    out += is_unreserved(byte->front()) ? *byte : "%" + base::hex(*byte);
    text.remove_prefix(3);
  }
  return out;
}

std::string key_of_path(std::string_view path) {
  while (path.ends_with('/')) {
    path.remove_suffix(1);
  }
  return base::lower_case(with_one_encoding(path));
}

std::string key_of_query(std::string_view query) {
  std::vector<std::string> parameters;
  while (!query.empty()) {
    const std::size_t end = std::min(query.find('&'), query.size());
    if (end > 0) {
      parameters.push_back(with_one_encoding(query.substr(0, end)));
    }
    query.remove_prefix(std::min(end + 1, query.size()));
  }
  std::ranges::sort(parameters);
  std::string key;
  for (const std::string& parameter : parameters) {
    key += (key.empty() ? '?' : '&') + parameter;
  }
  return key;
}

}  // namespace

std::string alias_key(std::string_view target) {
  const std::size_t mark = std::min(target.find('?'), target.size());
  std::string key = key_of_path(target.substr(0, mark));
  return mark == target.size() ? key : key + key_of_query(target.substr(mark + 1));
}

std::string site_key(std::string_view url) {
  constexpr std::string_view world_wide_web = "www.";
  const std::string_view authority = url_authority(url);
  std::string key = base::lower_case(url_host(url));
  if (key.starts_with(world_wide_web)) {
    key.erase(0, world_wide_web.size());
  }
  const auto path_at = static_cast<std::size_t>(authority.data() - url.data()) + authority.size();
  return key.append(url.substr(path_at));
}

}  // namespace cachewitness::http
