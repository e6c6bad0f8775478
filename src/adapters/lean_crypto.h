// LeanCrypto: OpenSSL's default provider without what no TLS handshake needs. OpenSSL 3.0 decodes the key of every
// certificate by asking all decoders and all key types that its library context knows, which costs 0.13 ms; with a
// few of each it costs a quarter of that (bench/tls_handshake).
#pragma once

struct ossl_lib_ctx_st;

namespace cachewitness::adapters {

// For the whole life of the process. Null, which OpenSSL takes for the usual context, where the machine's
// configuration chose providers of its own, such as a certified one.
[[nodiscard]] ossl_lib_ctx_st* lean_crypto();

}  // namespace cachewitness::adapters
