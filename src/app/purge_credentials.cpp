#include "app/purge_credentials.h"

#include <algorithm>

#include <fmt/format.h>

#include "adapters/sha256.h"
#include "app/access_token.h"
#include "app/secrets.h"
#include "manifest/purge_providers.h"

namespace cachewitness::app {

namespace {

constexpr purge::Digests digests{adapters::sha256, adapters::hmac_sha256};

SecretForm form_of(const manifest::PurgeSettings& settings, std::string_view name) {
  const auto& options = manifest::find_purge_provider(settings.provider)->options;
  const auto option = std::ranges::find(options, name, &manifest::PurgeOption::name);
  return option != options.end() && option->is_whole ? SecretForm::whole : SecretForm::line;
}

}  // namespace

base::Result<void> PurgeCredentials::read() {
  secrets_.clear();
  headers_.clear();
  given_.clear();
  for (const std::string& name : manifest::purge_list(*environment_.purge, "env")) {
    if (auto value = ports_.environment.variable(name)) {
      given_.emplace_back(*std::move(value));
    }
  }
  for (const auto& [name, reference] : environment_.purge->secrets) {
    auto secret = read_secret(ports_, reference, form_of(*environment_.purge, name));
    if (!secret) {
      return std::unexpected(std::move(secret).error());
    }
    if (name.starts_with(manifest::purge_header_prefix)) {
      headers_.emplace_back(name.substr(manifest::purge_header_prefix.size()), std::move(*secret));
    } else {
      secrets_.emplace_back(name, std::move(*secret));
    }
  }
  auto token = fetch_access_token(ports_, control_plane_, environment_, provider_.credential.grant, secrets_);
  if (!token) {
    return std::unexpected(std::move(token).error());
  }
  if (*token) {
    secrets_.emplace_back("token", std::move(**token));
  }
  return {};
}

void PurgeCredentials::mask(std::string& text) const {
  for (const auto* list : {&secrets_, &headers_}) {
    for (const auto& [name, secret] : *list) {
      base::mask(text, secret);
    }
  }
  for (const base::Secret& secret : given_) {
    base::mask(text, secret);
  }
}

purge::Request PurgeCredentials::sealed(purge::Request request) const {
  for (const auto& [name, secret] : headers_) {
    request.headers.push_back({name, std::string(secret.expose())});
  }
  const std::string nonce = fmt::format("{:016x}{:016x}", ports_.entropy.next(), ports_.entropy.next());
  purge::authorize(request, provider_.credential, secrets_, ports_.clock.wall(), nonce, digests);
  return request;
}

}  // namespace cachewitness::app
