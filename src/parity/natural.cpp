#include "parity/natural.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace cachewitness::parity {

namespace {

constexpr std::string_view moment = "tells when the answer was made, or how old it is";
constexpr std::string_view request = "names one request or its trace";
constexpr std::string_view node = "names the server that happened to answer";
constexpr std::string_view store = "tells whether this answer was a hit, which depends on who asked before";
constexpr std::string_view framing = "belongs to one connection or one message (RFC 9110 7.6.1, RFC 9112 6)";
constexpr std::string_view quota = "counts down with every request";

constexpr std::array<NaturalField, 46> fields{{
    {"date", moment},
    {"age", moment},
    {"expires", "is a moment; `cache-policy` tells that it is there"},
    {"x-cache-age", moment},
    {"x-timer", moment},
    {"server-timing", moment},
    {"x-runtime", moment},
    {"x-response-time", moment},
    {"cdn-cachedat", moment},
    {"x-request-id", request},
    {"x-correlation-id", request},
    {"x-trace-id", request},
    {"traceparent", request},
    {"tracestate", request},
    {"x-b3-*", request},
    {"x-amzn-trace-id", request},
    {"x-amz-request-id", request},
    {"x-amz-id-2", request},
    {"x-amz-cf-id", request},
    {"cf-ray", request},
    {"cdn-requestid", request},
    {"x-azure-ref", request},
    {"x-fastly-request-id", request},
    {"x-akamai-request-id", request},
    {"x-vercel-id", request},
    {"x-nf-request-id", request},
    {"x-guploader-uploadid", request},
    {"x-varnish", request},
    {"via", node},
    {"x-served-by", node},
    {"x-amz-cf-pop", node},
    {"x-cache-node", node},
    {"report-to", "holds a token of one answer at some providers"},
    {"x-cache", store},
    {"x-cache-status", store},
    {"x-cache-hits", store},
    {"cf-cache-status", store},
    {"cache-status", store},
    {"x-vercel-cache", store},
    {"x-proxy-cache", store},
    {"cdn-cache", store},
    {"connection", framing},
    {"keep-alive", framing},
    {"transfer-encoding", framing},
    {"content-length", framing},
    {"*ratelimit*,retry-after", quota},
}};

}  // namespace

std::span<const NaturalField> natural_fields() { return fields; }

bool is_natural(std::string_view name) {
  return std::ranges::any_of(fields, [&](const NaturalField& field) {
    return field.name == name || (field.name.contains('*') && base::matches_glob(field.name, name));
  });
}

}  // namespace cachewitness::parity
