// Varnish: PURGE, keys and bans as its VCL takes them over HTTP, and bans over its command line, which needs no VCL.
#pragma once

#include <string>

#include "manifest/manifest.h"
#include "purge/provider.h"
#include "purge/purge.h"

namespace cachewitness::purge {

[[nodiscard]] Provider varnish();
[[nodiscard]] Provider varnish_cli();

// What a ban is for (vcl(7), BAN): how its arguments are told apart differs between VCL and the command line.
enum class BanFor : std::uint8_t {
  vcl,  // std.ban(): by white space, and nothing is escaped
  cli   // in quotes where they need them, with backslashes escaped
};
// The expression that covers all items of a call.
[[nodiscard]] std::string ban_expression(const manifest::PurgeSettings& settings, const Call& call, BanFor what);

}  // namespace cachewitness::purge
