// Sha256: a SHA-256 over bytes as they come. The algorithm is fetched once a process and the context is
// reused: OpenSSL 3 spends more on looking up names than on hashing a small body.
#pragma once

#include <memory>
#include <string_view>

#include "base/digest.h"

struct evp_md_ctx_st;

namespace cachewitness::probe {

class Sha256 {
 public:
  Sha256();
  // Forgets what came before.
  void start();
  void add(std::string_view bytes);
  // Ends the sum; start() begins another one.
  [[nodiscard]] base::Digest finish();

 private:
  struct Release {
    void operator()(evp_md_ctx_st* context) const;
  };
  std::unique_ptr<evp_md_ctx_st, Release> context_;
};

}  // namespace cachewitness::probe
