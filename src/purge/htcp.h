// HTCP CLR (RFC 2756) as Squid takes it: a datagram that asks to drop an object, and the datagram that answers.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "purge/provider.h"
#include "purge/purge.h"

namespace cachewitness::purge {

[[nodiscard]] Provider squid_htcp();

// `headers` are what the object's Vary names. Nothing where it does not fit one datagram.
[[nodiscard]] std::optional<std::string> encode_htcp_clr(std::uint32_t message, std::string_view url,
                                                         const std::vector<Header>& headers);

enum class HtcpResult : std::uint8_t {
  removed = 0,
  kept = 1,      // it is there and stays
  not_there = 2  // there was nothing to remove
};
// Nothing where it is no answer to the CLR of that number.
[[nodiscard]] std::optional<HtcpResult> decode_htcp_answer(std::string_view datagram, std::uint32_t message);

// In the words of HTTP, so that it is read as every other answer is: 200, 409, 404.
[[nodiscard]] Response htcp_response(HtcpResult result);

}  // namespace cachewitness::purge
