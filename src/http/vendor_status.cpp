#include "http/vendor_status.h"

#include <algorithm>

#include "base/text.h"
#include "http/cache_status.h"
#include "http/field_list.h"
#include "http/provider_fields.h"
#include "http/via.h"

namespace cachewitness::http {

namespace {

const StatusWord* find_word(std::span<const StatusWord> words, std::string_view text) {
  for (const StatusWord& word : words) {
    if (base::equals_ignoring_case(word.text, text)) {
      return &word;
    }
  }
  return nullptr;
}

// "HIT", "HIT, MISS", "Hit from cloudfront", "TCP_HIT from a23-1-2-3.deploy": the last member is nearest to us.
std::string_view last_member(std::string_view value) {
  std::string_view member;
  while (next_member(value, member)) {
  }
  return member;
}

std::string_view first_word(std::string_view member) { return member.substr(0, member.find_first_of(" \t;")); }

// "cache1" of "MISS from cache1" and of "HIT from cache1:3128".
std::string_view machine(std::string_view member) {
  constexpr std::string_view from = " from ";
  const std::size_t at = member.find(from);
  const std::string_view name = at == std::string_view::npos ? std::string_view{} : member.substr(at + from.size());
  return name.substr(0, name.find(':'));
}

bool had_expired(const StatusField& status, std::string_view member, ProviderValues values) {
  if (status.lookup == no_field || !values[status.lookup]) {
    return false;
  }
  const std::string_view looked_up = last_member(*values[status.lookup]);
  return base::equals_ignoring_case(first_word(looked_up), "HIT") && !machine(member).empty() &&
         machine(member) == machine(looked_up);
}

VendorReading read_words(const StatusField& status, std::string_view value, ProviderValues values) {
  const std::string_view member = last_member(value);
  const StatusWord* word = find_word(status.words, first_word(member));
  if (word == nullptr || word->mark == CacheMark::none) {
    return {};
  }
  const bool is_expired = word->mark == CacheMark::miss && had_expired(status, member, values);
  return {is_expired ? CacheMark::expired : word->mark, status.field, member};
}

VendorReading read_cache_status(const StatusField& status, std::string_view value) {
  const auto hops = parse_cache_status(value);
  // The last hop that says something; RFC 9211 2 lets a hop have no parameters at all.
  for (auto hop = hops.rbegin(); hop != hops.rend(); ++hop) {
    if (hop->mark() != CacheMark::none) {
      return {hop->mark(), status.field, value};
    }
  }
  return {};
}

// Varnish: two transaction ids = an object made by the second; one = a miss, a pass or a synthetic answer, which
// the number alone cannot tell apart. Behind each other they append theirs: the last is the nearest one's.
VendorReading read_transactions(const StatusField& status, std::string_view value) {
  const std::string_view text = last_member(value);
  if (text.empty() || value.find_first_not_of("0123456789 ,") != std::string_view::npos) {
    return {};
  }
  return {text.contains(' ') ? CacheMark::hit : CacheMark::miss, status.field, text};
}

VendorReading read_via_code(const StatusField& status, std::string_view value) {
  const auto hops = parse_via(value);
  if (hops.empty()) {
    return {};
  }
  const CacheMark mark = traffic_server_mark(hops.back().comment);
  return mark == CacheMark::none ? VendorReading{} : VendorReading{mark, status.field, hops.back().comment};
}

VendorReading read_field(const StatusField& status, ProviderValues values) {
  const auto& value = values[status.field];
  if (!value) {
    return {};
  }
  switch (status.syntax) {
    case StatusField::Syntax::words:
      return read_words(status, *value, values);
    case StatusField::Syntax::cache_status:
      return read_cache_status(status, *value);
    case StatusField::Syntax::via_code:
      return read_via_code(status, *value);
    case StatusField::Syntax::transactions:
      return read_transactions(status, *value);
  }
  return {};
}

// As any provider means the field: the table gives a word of a field one meaning.
VendorReading read_by_any(FieldNumber field, ProviderValues values) {
  VendorReading found;
  for (const ProviderRow& row : provider_rows()) {
    for (const StatusField& status : row.status) {
      const VendorReading reading = status.field == field ? read_field(status, values) : VendorReading{};
      // Squid alone tells an expired miss from another.
      if (found.mark == CacheMark::none || reading.mark == CacheMark::expired) {
        found = reading;
      }
    }
  }
  return found;
}

}  // namespace

VendorReading read_vendor_status(ProviderValues values, Provider provider) {
  if (provider != Provider::unknown) {
    for (const StatusField& status : row_of(provider).status) {
      if (const VendorReading reading = read_field(status, values); reading.mark != CacheMark::none) {
        return reading;
      }
    }
  }
  for (const FieldNumber field : status_fields()) {
    if (!values[field]) {
      continue;
    }
    if (const VendorReading reading = read_by_any(field, values); reading.mark != CacheMark::none) {
      return reading;
    }
  }
  return {};
}

VendorStatus read_vendor_status(const ResponseHead& head) {
  const ProviderFields fields(head);
  VendorStatus status;
  status.provider = detect_provider(fields.values()).provider;
  const VendorReading reading = read_vendor_status(fields.values(), telling_provider(status.provider));
  status.mark = reading.mark;
  if (reading.mark != CacheMark::none) {
    status.header = provider_fields()[reading.field];
    status.text = reading.text;
  }
  return status;
}

bool tells_stale_apart(Provider provider, FieldNumber field) {
  if (provider == Provider::unknown) {
    return false;
  }
  const auto is_of_stale = [](const StatusWord& word) {
    return word.mark == CacheMark::stale || word.mark == CacheMark::updating;
  };
  return std::ranges::any_of(row_of(provider).status, [&](const StatusField& status) {
    return status.field == field && std::ranges::any_of(status.words, is_of_stale);
  });
}

Provider telling_provider(Provider detected) {
  return detected != Provider::unknown && row_of(detected).is_cdn ? detected : Provider::unknown;
}

}  // namespace cachewitness::http
