#include "http/cache_status.h"

#include <array>
#include <charconv>
#include <utility>

#include "http/structured_list.h"

namespace cachewitness::http {

namespace {

std::optional<std::int64_t> number_of(const BareItem* item) {
  if (item == nullptr || item->kind != BareItem::Kind::number) {
    return std::nullopt;
  }
  std::int64_t value = 0;
  const char* end = item->text.data() + item->text.size();
  const auto [last, error] = std::from_chars(item->text.data(), end, value);
  return error == std::errc{} && last == end ? std::optional(value) : std::nullopt;
}

std::optional<bool> truth_of(const BareItem* item) {
  if (item == nullptr || item->kind != BareItem::Kind::boolean) {
    return std::nullopt;
  }
  return item->text == "?1";
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
  for (StructuredItem& item : parse_structured_list(value)) {
    CacheStatusHop hop;
    hop.is_hit = truth_of(item.find("hit")).value_or(false);
    if (const BareItem* forward = item.find("fwd"); forward != nullptr) {
      hop.forward = forward->text;
    }
    hop.forward_status = number_of(item.find("fwd-status"));
    hop.ttl = number_of(item.find("ttl"));
    hop.is_stored = truth_of(item.find("stored"));
    if (const BareItem* detail = item.find("detail"); detail != nullptr) {
      hop.detail = detail->text;
    }
    hop.cache = std::move(item.value.text);
    hops.push_back(std::move(hop));
  }
  return hops;
}

}  // namespace cachewitness::http
