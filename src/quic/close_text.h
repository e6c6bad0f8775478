// Why a peer ended a connection or a stream, in words: the codes of QUIC (RFC 9000 20.1), of TLS inside it
// (RFC 9001 4.8) and of HTTP/3 (RFC 9114 8.1, RFC 9204 6).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/failure.h"

namespace cachewitness::quic {

// "H3_INTERNAL_ERROR", or the number.
[[nodiscard]] std::string application_code_text(std::uint64_t code);
// "no_application_protocol (120)".
[[nodiscard]] std::string alert_text(std::uint64_t alert);
// What the CONNECTION_CLOSE of a peer is to whoever waits for an answer. `reason` is the peer's.
[[nodiscard]] base::Failure close_failure(bool is_application, std::uint64_t code, std::string_view reason,
                                          bool is_open);

}  // namespace cachewitness::quic
