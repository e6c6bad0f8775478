// CertificateChain: a chain that a peer presented and that was verified against one trust store, with all that is
// asked of it afterwards. Shared by the verifier that remembers it, by sessions and by streams.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "adapters/certificate_names.h"

namespace cachewitness::adapters {

struct CertificateChain {
  // As it was presented, DER: the leaf, then what came with it. Sessions that are kept share it.
  std::shared_ptr<const std::string> certificates;
  std::string leaf_sha256;  // lower-case hex
  CertificateNames names;   // of the leaf
  // Seconds since 1970 between which every certificate up to the trusted one is valid.
  std::int64_t not_before = 0;
  std::int64_t not_after = 0;

  [[nodiscard]] bool is_valid_at(std::int64_t now) const { return not_before <= now && now < not_after; }
};
using ChainPointer = std::shared_ptr<const CertificateChain>;

}  // namespace cachewitness::adapters
