// ChainVerifier: certificate verification for one trust store, which remembers the chains that it found good, for
// building and checking the same chain a thousand times costs more than the rest of a handshake's certificates.
// Whether a chain is valid now and covers the name is asked each time; failures are never remembered.
#pragma once

#include <cstddef>
#include <cstring>
#include <string>
#include <string_view>
#include <unordered_map>

#include "adapters/certificate_chain.h"
#include "base/digest.h"

struct ssl_ctx_st;
struct x509_store_ctx_st;
struct X509_VERIFY_PARAM_st;

namespace cachewitness::adapters {

class ChainVerifier {
 public:
  // What the handshake of `verification` asks for; the result is OpenSSL's (1 = good), its error is set.
  // `chain` is what was verified where it is good.
  int verify(x509_store_ctx_st* verification, ChainPointer& chain);
  // The same for the chain of a session that was kept, and for any name. Null where it is not good (any more).
  ChainPointer verify_kept(ssl_ctx_st* context, std::string_view certificates);

 private:
  // A digest is as good as random already.
  struct Hash {
    std::size_t operator()(const base::Digest& digest) const {
      std::size_t hash = 0;
      std::memcpy(&hash, digest.bytes.data(), sizeof hash);
      return hash;
    }
  };

  int verify_anew(x509_store_ctx_st* verification, const base::Digest& digest, ChainPointer& chain);

  std::unordered_map<base::Digest, ChainPointer, Hash> good_;  // by SHA-256 of all that was presented
  std::string presented_;                                      // kept so that a handshake allocates nothing for it
};

// The time that certificates are held against: now, unless `rules` say another.
[[nodiscard]] std::int64_t verification_time(const X509_VERIFY_PARAM_st* rules);

}  // namespace cachewitness::adapters
