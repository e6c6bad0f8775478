#include "http/cache_status.h"

#include <array>
#include <utility>

#include "http/field_list.h"
#include "http/structured_field.h"

namespace cachewitness::http {

namespace {

// RFC 9211 2 asks for Booleans; Netlify and others write `stored=true`.
std::optional<bool> truth_of(const BareItem& item) {
  if (item.kind == BareItem::Kind::token && (item.raw == "true" || item.raw == "false")) {
    return item.raw == "true";
  }
  return item.as_boolean();
}

void read_parameter(std::string_view key, const BareItem& value, CacheStatusHop& hop) {
  if (key == "hit") {
    hop.is_hit = truth_of(value).value_or(false);
  } else if (key == "fwd") {
    hop.forward = value.text();
  } else if (key == "fwd-status") {
    hop.forward_status = value.as_integer();
  } else if (key == "ttl") {
    hop.ttl = value.as_integer();
  } else if (key == "stored") {
    hop.is_stored = truth_of(value);
  } else if (key == "collapsed") {
    hop.is_collapsed = truth_of(value);
  } else if (key == "key") {
    hop.key = value.text();
  } else if (key == "detail") {
    hop.detail = value.text();
  }
}

}  // namespace

CacheMark CacheStatusHop::mark() const {
  // RFC 9211 2.1, 2.4: `hit` with a negative ttl, or with `fwd` beside it, was served stale.
  if (is_hit) {
    return forward == "stale" || (ttl && *ttl < 0) ? CacheMark::stale : CacheMark::hit;
  }
  if (forward == "stale") {
    return forward_status == 304 ? CacheMark::revalidated : CacheMark::expired;
  }
  constexpr std::array<std::string_view, 3> by_rule{"bypass", "method", "request"};
  for (const std::string_view reason : by_rule) {
    if (forward == reason) {
      return CacheMark::bypass;
    }
  }
  return forward.empty() ? CacheMark::none : CacheMark::miss;
}

std::vector<CacheStatusHop> parse_cache_status(std::string_view value) {
  std::vector<CacheStatusHop> hops;
  std::string_view member;
  while (hops.size() < max_cache_status_hops && next_member(value, member)) {
    auto item = parse_lenient_item(member);
    if (!item) {
      continue;
    }
    CacheStatusHop hop;
    hop.cache = item->value.text();
    std::string_view key;
    BareItem argument;
    while (item->parameters.next(key, argument)) {
      read_parameter(key, argument, hop);  // RFC 9651 4.2.3.2: the last of a key counts
    }
    hops.push_back(std::move(hop));
  }
  return hops;
}

}  // namespace cachewitness::http
