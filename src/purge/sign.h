// Who sends a request, shown as its provider wants it. The last step before sending: what comes before holds no
// secret, so that it can be printed and kept.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/digest.h"
#include "base/secret.h"
#include "base/time.h"
#include "purge/provider.h"
#include "purge/purge.h"

namespace cachewitness::purge {

// A library does them; a code of RFC 2104 is raw bytes.
struct Digests {
  base::Digest (*sha256)(std::string_view bytes) = nullptr;
  std::string (*hmac_sha256)(std::string_view key, std::string_view message) = nullptr;
};

// By the key of the manifest's `purge`.
using Secrets = std::vector<std::pair<std::string, base::Secret>>;
// Empty where there is none.
[[nodiscard]] std::string_view secret_of(const Secrets& secrets, std::string_view name);

// AWS Signature Version 4: docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html.
struct AwsScope {
  std::string_view region = "us-east-1";
  std::string_view service = "cloudfront";
};
// Adds X-Amz-Date and Authorization. All headers of the request are signed, and Host.
void sign_sigv4(Request& request, const Secrets& secrets, const AwsScope& scope, base::Instant now,
                const Digests& digests);
// Of what sign_sigv4 signs: hexadecimal SHA-256 of the canonical request, for tests against published vectors.
[[nodiscard]] std::string sigv4_canonical_hash(const Request& request, const Digests& digests);

// Akamai EdgeGrid, EG1-HMAC-SHA256: github.com/akamai/AkamaiOPEN-edgegrid-python. Signs the first `most_body` bytes.
void sign_edgegrid(Request& request, const Secrets& secrets, base::Instant now, std::string_view nonce,
                   std::size_t most_body, const Digests& digests);

// By the provider's own scheme. `nonce` is fresh for every request.
void authorize(Request& request, const Credential& credential, const Secrets& secrets, base::Instant now,
               std::string_view nonce, const Digests& digests);

}  // namespace cachewitness::purge
