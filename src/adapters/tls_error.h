// TlsError: what OpenSSL's error queue and verification say, in words for a person; and the queue emptied,
// so that the trouble of one stream never shows up at another.
#pragma once

#include <string>

struct ssl_st;

namespace cachewitness::adapters {

// Takes the oldest entry, the most telling one, and empties the queue.
[[nodiscard]] std::string take_tls_error();

// Why the handshake of `ssl` failed: the fault of the certificate where there is one, else the error queue.
[[nodiscard]] std::string take_handshake_error(const ssl_st* ssl);

}  // namespace cachewitness::adapters
