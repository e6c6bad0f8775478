// The fields that the provider table reads, numbered, so that the table names them and what reads it counts them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/assert.h"

namespace cachewitness::http {

// The number of a field among provider_field_names.
using FieldNumber = std::uint8_t;
inline constexpr FieldNumber no_field = 255;

inline constexpr std::array<std::string_view, 37> provider_field_names{{
    "akamai-cache-status", "akamai-grn",     "cache",           "cache-status",
    "cdn-cache",           "cdn-pullzone",   "cf-cache-status", "cf-ray",
    "fastly-debug-path",   "server",         "server-timing",   "via",
    "x-77-cache",          "x-77-nzt",       "x-77-pop",        "x-akamai-request-id",
    "x-amz-cf-id",         "x-amz-cf-pop",   "x-azure-ref",     "x-cache",
    "x-cache-detail",      "x-cache-id",     "x-cache-lookup",  "x-cache-node",
    "x-cache-status",      "x-cached-since", "x-edge-location", "x-id",
    "x-nf-request-id",     "x-node",         "x-proxy-cache",   "x-served-by",
    "x-squid-error",       "x-timer",        "x-varnish",       "x-vercel-cache",
    "x-vercel-id",
}};

// A name that is not among them does not compile.
consteval FieldNumber field(std::string_view name) {
  for (std::size_t i = 0; i < provider_field_names.size(); ++i) {
    if (provider_field_names[i] == name) {
      return static_cast<FieldNumber>(i);
    }
  }
  CW_UNREACHABLE();
}

}  // namespace cachewitness::http
