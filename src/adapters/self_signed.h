// SelfSigned: a certificate authority and leaves of its own, made in memory, for the lab over TLS and for
// tests. No key is shipped and none is written anywhere by this code.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace cachewitness::adapters {

struct CertificatePair {
  std::string certificate_pem;
  std::string private_key_pem;
};

struct Validity {
  base::Instant not_before;
  base::Instant not_after;
};

// P-256, allowed to sign leaves only.
base::Result<CertificatePair> make_authority(const std::string& common_name, const Validity& validity);

// P-256, for servers, signed by `authority`. Names are DNS names or numeric addresses; at least one.
base::Result<CertificatePair> make_leaf(const CertificatePair& authority, const std::vector<std::string>& names,
                                        const Validity& validity);

}  // namespace cachewitness::adapters
