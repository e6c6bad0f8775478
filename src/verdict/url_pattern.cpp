#include "verdict/url_pattern.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace cachewitness::verdict {

namespace {

// Bytes of a pattern that stand for a name. `verbatim` opens one that is the URL as it came: it holds such bytes.
enum Mark : char { verbatim = 0, tenant, tenant_number, asset, edge, region, mark_end };

// A shorter name saves nothing.
constexpr std::size_t shortest_name = 2;

bool is_mark(char c) { return c >= 0 && c < mark_end; }

// The digits at the end: "customer-0042.example" is often tenant-0042's host.
std::string_view number_of(std::string_view name) {
  const auto last = std::find_if(name.rbegin(), name.rend(), [](char c) { return c < '0' || c > '9'; });
  return name.substr(static_cast<std::size_t>(name.rend() - last));
}

std::string_view name_for(char mark, const UrlNames& names) {
  switch (mark) {
    case tenant:
      return names.tenant;
    case tenant_number:
      return number_of(names.tenant);
    case asset:
      return names.asset;
    case edge:
      return names.edge;
    case region:
      return names.region;
    default:
      return {};
  }
}

// Inside a word or a number: the region "us" is no part of "customer".
bool is_joined(char a, char b) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  return (is_digit(a) && is_digit(b)) || (is_letter(a) && is_letter(b));
}

bool is_whole_name(std::string_view url, std::size_t at, std::string_view name) {
  const std::size_t end = at + name.size();
  return (at == 0 || !is_joined(url[at - 1], url[at])) && (end == url.size() || !is_joined(url[end - 1], url[end]));
}

// The longest name that stands there; `verbatim` where none does.
char mark_at(std::string_view url, std::size_t at, const std::array<std::string_view, mark_end>& names) {
  char best = verbatim;
  const std::string_view text = url.substr(at);
  for (char mark = tenant; mark < mark_end; ++mark) {
    const std::string_view name = names.at(static_cast<std::size_t>(mark));
    if (name.size() >= shortest_name && text.starts_with(name) && is_whole_name(url, at, name) &&
        (best == verbatim || name.size() > names.at(static_cast<std::size_t>(best)).size())) {
      best = mark;
    }
  }
  return best;
}

}  // namespace

std::string make_url_pattern(std::string_view url, const UrlNames& names) {
  std::string pattern;
  if (std::ranges::any_of(url, is_mark)) {
    pattern += static_cast<char>(verbatim);
    return pattern.append(url);
  }
  std::array<std::string_view, mark_end> candidates;
  for (char mark = tenant; mark < mark_end; ++mark) {
    candidates.at(static_cast<std::size_t>(mark)) = name_for(mark, names);
  }
  for (std::size_t at = 0; at < url.size();) {
    const char mark = mark_at(url, at, candidates);
    pattern += mark == verbatim ? url[at] : mark;
    at += mark == verbatim ? 1 : candidates.at(static_cast<std::size_t>(mark)).size();
  }
  return pattern;
}

bool is_url_of(std::string_view pattern, const UrlNames& names, std::string_view url) {
  if (pattern.starts_with(verbatim)) {
    return pattern.substr(1) == url;
  }
  for (const char c : pattern) {
    if (!is_mark(c)) {
      if (!url.starts_with(c)) {
        return false;
      }
      url.remove_prefix(1);
      continue;
    }
    // A name that is not known yet may be known when the URL is wanted.
    const std::string_view name = name_for(c, names);
    if (name.size() < shortest_name || !url.starts_with(name)) {
      return false;
    }
    url.remove_prefix(name.size());
  }
  return url.empty();
}

std::string fill_url_pattern(std::string_view pattern, const UrlNames& names) {
  if (pattern.starts_with(verbatim)) {
    return std::string(pattern.substr(1));
  }
  std::string url;
  for (const char c : pattern) {
    if (is_mark(c)) {
      url += name_for(c, names);
    } else {
      url += c;
    }
  }
  return url;
}

}  // namespace cachewitness::verdict
