#include "http/cache_policy.h"

#include <algorithm>
#include <array>
#include <string>

#include "http/delta_seconds.h"
#include "http/field_list.h"
#include "http/structured_field.h"

namespace cachewitness::http {

namespace {

struct Flag {
  std::string_view name;
  bool CachePolicy::* member;
  bool CachePolicy::* with_fields;  // what it is where field names stand beside it; null = they change nothing
};

constexpr std::array<Flag, 9> flags{{
    {"no-store", &CachePolicy::no_store, nullptr},
    {"no-cache", &CachePolicy::no_cache, &CachePolicy::no_cache_fields},
    {"private", &CachePolicy::is_private, &CachePolicy::private_fields},
    {"public", &CachePolicy::is_public, nullptr},
    {"must-revalidate", &CachePolicy::must_revalidate, nullptr},
    {"proxy-revalidate", &CachePolicy::proxy_revalidate, nullptr},
    {"must-understand", &CachePolicy::must_understand, nullptr},
    {"no-transform", &CachePolicy::no_transform, nullptr},
    {"immutable", &CachePolicy::immutable, nullptr},
}};

struct Span {
  std::string_view name;
  std::optional<std::int64_t> CachePolicy::* member;
  bool is_lifetime;
};

constexpr std::array<Span, 4> spans{{
    {"max-age", &CachePolicy::max_age, true},
    {"s-maxage", &CachePolicy::s_maxage, true},
    {"stale-while-revalidate", &CachePolicy::stale_while_revalidate, false},
    {"stale-if-error", &CachePolicy::stale_if_error, false},
}};

bool set_flag(std::string_view name, bool has_fields, CachePolicy& policy) {
  const auto* const flag = std::ranges::find(flags, name, &Flag::name);
  if (flag == flags.end()) {
    return false;
  }
  policy.*(has_fields && flag->with_fields != nullptr ? flag->with_fields : flag->member) = true;
  return true;
}

void set_span(const Span& span, std::optional<std::int64_t> seconds, CachePolicy& policy) {
  policy.*span.member = seconds;
  policy.has_invalid_lifetime = policy.has_invalid_lifetime || (span.is_lifetime && !seconds);
}

// RFC 9111 4.2.1: the first of a directive that is repeated.
const CacheControl::Directive* first_of(const CacheControl& control, std::string_view name) {
  const auto found = std::ranges::find(control.directives, name, &CacheControl::Directive::name);
  return found == control.directives.end() ? nullptr : &*found;
}

bool forbids_stale(const CachePolicy& policy, CacheKind kind) {
  const bool is_shared = kind == CacheKind::shared;
  // RFC 9111 5.2.2.10: s-maxage says what proxy-revalidate says.
  return policy.no_store || policy.no_cache || policy.must_revalidate ||
         (is_shared && (policy.proxy_revalidate || policy.s_maxage));
}

}  // namespace

CachePolicy policy_of(const CacheControl& control) {
  CachePolicy policy;
  for (const CacheControl::Directive& directive : control.directives) {
    set_flag(directive.name, !directive.value.empty(), policy);
  }
  for (const Span& span : spans) {
    if (const CacheControl::Directive* directive = first_of(control, span.name)) {
      set_span(span, parse_delta_seconds(directive->value), policy);
    }
  }
  return policy;
}

std::optional<CachePolicy> read_targeted_policy(std::string_view value) {
  const auto dictionary = parse_structured_dictionary(value);
  StructuredMember member;
  if (auto members = dictionary; !members || !members->next(member)) {
    return std::nullopt;
  }
  CachePolicy policy;
  for (const Span& span : spans) {
    if (const auto given = dictionary->find(span.name)) {
      const auto seconds = given->is_inner_list ? std::nullopt : given->item.value.as_integer();
      const bool is_valid = seconds && *seconds >= 0;
      set_span(span, is_valid ? std::optional(std::min(*seconds, max_delta_seconds)) : std::nullopt, policy);
    }
  }
  for (const Flag& flag : flags) {
    const auto given = dictionary->find(flag.name);
    // RFC 9213 2.1: `?0` is a directive that does not hold; field names come as a string.
    if (given && given->item.value.as_boolean() != false) {
      set_flag(flag.name, given->item.value.kind == BareItem::Kind::string, policy);
    }
  }
  return policy;
}

std::optional<CachePolicy> read_surrogate_policy(std::string_view value) {
  CacheControl control;
  std::string_view member;
  while (next_member(value, member)) {
    const CacheControl one = parse_cache_control(member.substr(0, member.find(';')));
    control.directives.insert(control.directives.end(), one.directives.begin(), one.directives.end());
  }
  if (control.directives.empty()) {
    return std::nullopt;
  }
  std::optional<std::int64_t> extension;
  for (CacheControl::Directive& directive : control.directives) {
    const std::size_t plus = directive.name == "max-age" ? directive.value.find('+') : std::string::npos;
    if (plus != std::string::npos) {
      extension = parse_delta_seconds(std::string_view(directive.value).substr(plus + 1));
      directive.value.resize(plus);
    }
  }
  CachePolicy policy = policy_of(control);
  policy.stale_while_revalidate = policy.stale_while_revalidate ? policy.stale_while_revalidate : extension;
  return policy;
}

bool may_store(const CachePolicy& policy, CacheKind kind) {
  return !policy.no_store && !(kind == CacheKind::shared && policy.is_private);
}

bool may_serve_while_revalidating(const CachePolicy& policy, CacheKind kind, std::int64_t stale_for_s) {
  return !forbids_stale(policy, kind) && stale_for_s <= policy.stale_while_revalidate.value_or(-1);
}

bool may_serve_on_error(const CachePolicy& policy, CacheKind kind, std::int64_t stale_for_s) {
  return !forbids_stale(policy, kind) && stale_for_s <= policy.stale_if_error.value_or(-1);
}

}  // namespace cachewitness::http
