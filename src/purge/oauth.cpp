#include "purge/oauth.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/base64.h"
#include "base/json_writer.h"
#include "base/text.h"
#include "purge/parts.h"

namespace cachewitness::purge {

namespace {

constexpr std::int64_t token_life_s = 3600;
constexpr std::string_view form_type = "application/x-www-form-urlencoded";

// RFC 4648 section 5, without padding.
std::string base64url(std::string_view bytes) {
  std::string out = base::base64(bytes);
  std::erase(out, '=');
  std::ranges::replace(out, '+', '-');
  std::ranges::replace(out, '/', '_');
  return out;
}

Request form_request(std::string url, const std::vector<std::pair<std::string_view, std::string>>& fields) {
  Request request{"POST", std::move(url), {{"Content-Type", std::string(form_type)}}, {}, {}};
  for (const auto& [name, value] : fields) {
    request.body += fmt::format("{}{}={}", request.body.empty() ? "" : "&", name, percent_encoded(value));
  }
  return request;
}

// The key is sent nowhere, but what it signs is as good as the key for an hour.
bool is_safe_place(std::string_view url) {
  const Place place = place_of(url);
  const std::string_view host = place.host.substr(0, place.host.rfind(':'));
  return place.scheme == "https" || (place.scheme == "http" && (host == "127.0.0.1" || host == "localhost"));
}

std::string claims(std::string_view account, std::string_view audience, std::string_view scope, base::Instant now) {
  const std::int64_t seconds = now.ns / 1'000'000'000;
  std::string out;
  base::JsonWriter json(out, base::JsonWriter::Layout::compact);
  json.begin_object();
  json.member("iss", account);
  json.member("scope", scope);
  json.member("aud", audience);
  json.member("iat", seconds);
  json.member("exp", seconds + token_life_s);
  json.end_object();
  return out;
}

base::Result<Request> service_account_request(std::string_view key, std::string_view scope, base::Instant now,
                                              SignRs256 sign) {
  const std::string account = json_at(key, "/client_email");
  const std::string private_key = json_at(key, "/private_key");
  const std::string where = json_at(key, "/token_uri");
  if (account.empty() || private_key.empty() || where.empty()) {
    return base::fail(
        errors::no_token,
        "\"service_account\" is no key file of a service account: JSON with client_email, private_key and "
        "token_uri, as `gcloud iam service-accounts keys create` writes it");
  }
  if (!is_safe_place(where)) {
    return base::fail(errors::no_token, "\"service_account\": its token_uri is no https:// URL");
  }
  std::string header;
  base::JsonWriter json(header, base::JsonWriter::Layout::compact);
  json.begin_object();
  json.member("alg", std::string_view("RS256"));
  json.member("typ", std::string_view("JWT"));
  json.member("kid", json_at(key, "/private_key_id"));
  json.end_object();
  const std::string signed_part =
      fmt::format("{}.{}", base64url(header), base64url(claims(account, where, scope, now)));
  const auto signature = sign(private_key, signed_part);
  if (!signature) {
    return base::fail(errors::no_token, "\"service_account\": its private_key is no RSA key in PEM");
  }
  return form_request(where, {{"grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"},
                              {"assertion", fmt::format("{}.{}", signed_part, base64url(*signature))}});
}

Request client_credentials_request(const manifest::PurgeSettings& settings, std::string_view scope,
                                   std::string_view client_secret) {
  std::string login = option(settings, "login", "https://login.microsoftonline.com");
  login = login.ends_with('/') ? login.substr(0, login.size() - 1) : login;
  return form_request(fmt::format("{}/{}/oauth2/v2.0/token", login, percent_encoded(option(settings, "directory"))),
                      {{"grant_type", "client_credentials"},
                       {"client_id", option(settings, "client_id")},
                       {"client_secret", std::string(client_secret)},
                       {"scope", std::string(scope)}});
}

}  // namespace

base::Result<std::optional<Request>> token_request(const manifest::PurgeSettings& settings, const Grant& grant,
                                                   const Secrets& secrets, base::Instant now, SignRs256 sign) {
  const std::string_view secret = secret_of(secrets, grant.secret);
  if (secret.empty() || grant.type == Grant::Type::none) {
    return std::optional<Request>();
  }
  if (grant.type == Grant::Type::client_credentials) {
    return std::optional(client_credentials_request(settings, grant.scope, secret));
  }
  auto request = service_account_request(secret, grant.scope, now, sign);
  return request ? base::Result<std::optional<Request>>(std::move(*request))
                 : std::unexpected(std::move(request).error());
}

base::Result<base::Secret> read_token(const Response& response) {
  std::string token = json_at(response.body, "/access_token");
  if (is_success(response) && !token.empty()) {
    return base::Secret(std::move(token));
  }
  std::string why = json_at(response.body, "/error_description");
  why = why.empty() ? json_at(response.body, "/error") : why;
  return base::fail(errors::no_token,
                    fmt::format("no access token: status {}{}{}; look at the credentials of \"purge\"", response.status,
                                why.empty() ? "" : ": ", base::printable(why)));
}

}  // namespace cachewitness::purge
