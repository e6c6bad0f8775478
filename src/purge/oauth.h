// OAuth 2.0 access tokens that are fetched with credentials of a longer life: a Google service account's key (RFC 7523)
// and an Azure application's secret (RFC 6749 4.4). What is written here holds secrets and is never kept.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"
#include "base/time.h"
#include "manifest/manifest.h"
#include "purge/purge.h"
#include "purge/sign.h"

namespace cachewitness::purge {

// RSASSA-PKCS1-v1_5 with SHA-256 (RFC 7518 3.3), raw bytes; nothing where `private_key_pem` is no RSA key.
using SignRs256 = std::optional<std::string> (*)(std::string_view private_key_pem, std::string_view message);

// The request for a token, where the secrets hold what the grant takes: the JSON of a key file, or the secret of an
// application. Nothing where they hold the token itself, or the provider needs none.
[[nodiscard]] base::Result<std::optional<Request>> token_request(const manifest::PurgeSettings& settings,
                                                                 const Grant& grant, const Secrets& secrets,
                                                                 base::Instant now, SignRs256 sign);
[[nodiscard]] base::Result<base::Secret> read_token(const Response& response);

namespace errors {
inline constexpr base::ErrorId no_token{"access-token", base::ExitCode::usage};
}  // namespace errors

}  // namespace cachewitness::purge
