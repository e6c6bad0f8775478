#include "http/vendor_status.h"

#include <array>

#include "base/text.h"
#include "http/cache_status.h"
#include "http/field_list.h"
#include "http/via.h"

namespace cachewitness::http {

namespace {

struct Word {
  std::string_view text;
  CacheMark mark;
};

constexpr std::array<Word, 44> words{{
    {"HIT", CacheMark::hit},
    {"MISS", CacheMark::miss},
    {"EXPIRED", CacheMark::expired},
    {"STALE", CacheMark::stale},
    {"UPDATING", CacheMark::updating},
    {"REVALIDATED", CacheMark::revalidated},
    {"REVALIDATE", CacheMark::revalidated},  // Apache mod_cache
    {"BYPASS", CacheMark::bypass},
    {"DYNAMIC", CacheMark::bypass},  // Cloudflare: not eligible
    {"PASS", CacheMark::bypass},
    {"SYNTH", CacheMark::error},
    {"ERROR", CacheMark::error},
    {"PRERENDER", CacheMark::hit},  // Vercel
    {"UNCACHEABLE", CacheMark::bypass},
    {"DISABLED", CacheMark::bypass},
    // CloudFront, Akamai-Cache-Status
    {"REFRESHHIT", CacheMark::revalidated},
    {"ORIGINSHIELDHIT", CacheMark::hit},
    {"REDIRECT", CacheMark::bypass},
    {"LIMITEXCEEDED", CacheMark::error},
    {"CAPACITYEXCEEDED", CacheMark::error},
    {"FUNCTIONGENERATEDRESPONSE", CacheMark::bypass},
    {"LAMBDAGENERATEDRESPONSE", CacheMark::bypass},
    {"HITSTALE", CacheMark::stale},
    {"CONSTRUCTED", CacheMark::bypass},
    // Akamai X-Cache, Azure Front Door, Squid
    {"TCP_HIT", CacheMark::hit},
    {"TCP_MEM_HIT", CacheMark::hit},
    {"TCP_IMS_HIT", CacheMark::hit},
    {"TCP_REMOTE_HIT", CacheMark::hit},
    {"TCP_NEGATIVE_HIT", CacheMark::negative_hit},
    {"TCP_MISS", CacheMark::miss},
    {"TCP_REFRESH_HIT", CacheMark::revalidated},
    {"TCP_REFRESH_UNMODIFIED", CacheMark::revalidated},
    {"TCP_REFRESH_MISS", CacheMark::expired},
    {"TCP_REFRESH_MODIFIED", CacheMark::expired},
    {"TCP_REFRESH_FAIL_HIT", CacheMark::stale},
    {"TCP_REFRESH_FAIL_OLD", CacheMark::stale},
    {"TCP_EXPIRED_HIT", CacheMark::stale},
    {"PRIVATE_NOSTORE", CacheMark::bypass},
    {"CONFIG_NOCACHE", CacheMark::bypass},
    // Traffic Server's xdebug
    {"HIT-FRESH", CacheMark::hit},
    {"HIT-STALE", CacheMark::expired},
    {"SKIPPED", CacheMark::bypass},
    {"HIT-WAIT", CacheMark::hit},
    {"TCP_DENIED", CacheMark::error},
}};

CacheMark mark_of_word(std::string_view text) {
  for (const Word& word : words) {
    if (base::equals_ignoring_case(word.text, text)) {
      return word.mark;
    }
  }
  return CacheMark::none;
}

// "HIT", "HIT, MISS", "Hit from cloudfront", "TCP_HIT from a23-1-2-3.deploy": the last member is nearest to us.
VendorReading read_words(std::string_view value) {
  VendorReading reading;
  std::string_view member;
  while (next_member(value, member)) {
    const std::string_view first = member.substr(0, member.find_first_of(" \t;"));
    reading = {mark_of_word(first), member};
  }
  return reading;
}

VendorReading read_cache_status(std::string_view value) {
  const auto hops = parse_cache_status(value);
  // The last hop that says something; RFC 9211 2 lets a hop have no parameters at all.
  for (auto hop = hops.rbegin(); hop != hops.rend(); ++hop) {
    if (hop->mark() != CacheMark::none) {
      return {hop->mark(), value};
    }
  }
  return {};
}

// Two transaction ids = an object made by the second; one = a miss, a pass or a synthetic answer, which
// the number alone cannot tell apart.
VendorReading read_varnish(std::string_view value) {
  const std::string_view text = base::trim(value);
  const std::size_t gap = text.find(' ');
  if (text.empty() || text.find_first_not_of("0123456789 ,") != std::string_view::npos) {
    return {};
  }
  const bool has_two = gap != std::string_view::npos && text.find(',') == std::string_view::npos;
  return {has_two ? CacheMark::hit : CacheMark::miss, text};
}

VendorReading read_via(std::string_view value) {
  const auto hops = parse_via(value);
  if (hops.empty()) {
    return {};
  }
  return {traffic_server_mark(hops.back().comment), hops.back().comment};
}

struct Source {
  std::string_view header;
  VendorReading (*read)(std::string_view value);
};

// The order is a rank: what speaks for the nearest node first. X-Cache can be a shield's
// (docs/interop.md, surprise 15), so a server's own header (Via code, X-Cache-Status, X-Varnish) goes before it.
constexpr std::array<Source, 12> sources{{
    {"cf-cache-status", read_words},
    {"x-cache-status", read_words},
    {"cache-status", read_cache_status},
    {"x-vercel-cache", read_words},
    {"cdn-cache", read_words},
    {"akamai-cache-status", read_words},
    {"x-77-cache", read_words},
    {"x-proxy-cache", read_words},
    {"via", read_via},
    {"x-cache", read_words},
    {"cache", read_words},
    {"x-varnish", read_varnish},
}};

}  // namespace

std::size_t vendor_headers() { return sources.size(); }

std::string_view vendor_header(std::size_t rank) { return sources.at(rank).header; }

VendorReading read_vendor_header(std::size_t rank, std::string_view value) {
  const VendorReading reading = sources.at(rank).read(value);
  return reading.mark == CacheMark::none ? VendorReading{} : reading;
}

VendorStatus read_vendor_status(const ResponseHead& head) {
  std::string joined;
  for (std::size_t rank = 0; rank < sources.size(); ++rank) {
    if (head.join(sources.at(rank).header, joined) == 0) {
      continue;
    }
    const VendorReading reading = read_vendor_header(rank, joined);
    if (reading.mark != CacheMark::none) {
      return {reading.mark, sources.at(rank).header, std::string(reading.text)};
    }
  }
  return {};
}

}  // namespace cachewitness::http
