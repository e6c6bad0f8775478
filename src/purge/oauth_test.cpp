#include "purge/oauth.h"

#include <gtest/gtest.h>

#include "base/base64.h"

namespace cachewitness::purge {
namespace {

// Stands for the signature: the key and the length of what was signed. adapters/rs256_test.cpp holds the real one
// against its RFC.
std::optional<std::string> sign(std::string_view key, std::string_view message) {
  return key == "good" ? std::optional("signed " + std::to_string(message.size())) : std::nullopt;
}

constexpr std::string_view key_file =
    R"({"type":"service_account","private_key_id":"k1","private_key":"good","client_email":"a@p.example",)"
    R"("token_uri":"https://oauth2.googleapis.com/token"})";

Secrets secrets_of(std::string name, std::string_view value) {
  Secrets secrets;
  secrets.emplace_back(std::move(name), base::Secret(std::string(value)));
  return secrets;
}

std::string decoded(std::string text) {
  for (char& c : text) {
    c = c == '-' ? '+' : c == '_' ? '/' : c;
  }
  text.append((4 - text.size() % 4) % 4, '=');
  return base::parse_base64(text).value_or("no base64url");
}

base::Result<std::optional<Request>> request_of(std::string provider, const Secrets& secrets, base::Instant now = {},
                                                std::vector<std::pair<std::string, std::string>> options = {}) {
  manifest::PurgeSettings settings;
  settings.provider = std::move(provider);
  settings.options = std::move(options);
  return token_request(settings, find_provider(settings.provider)->credential.grant, secrets, now, sign);
}

TEST(OAuth, AsksForATokenWithAServiceAccountsKey) {
  const auto request = request_of("google-cloud-cdn", secrets_of("service_account", key_file),
                                  *base::parse_instant("2026-11-27T00:00:00Z"));
  ASSERT_TRUE(request && *request);
  EXPECT_EQ((*request)->method, "POST");
  EXPECT_EQ((*request)->url, "https://oauth2.googleapis.com/token");
  EXPECT_EQ((*request)->headers, (std::vector<Header>{{"Content-Type", "application/x-www-form-urlencoded"}}));
  const std::string start = "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=";
  ASSERT_TRUE((*request)->body.starts_with(start)) << (*request)->body;
  const std::string assertion = (*request)->body.substr(start.size());
  const std::size_t first = assertion.find('.');
  const std::size_t second = assertion.find('.', first + 1);
  EXPECT_EQ(decoded(assertion.substr(0, first)), R"({"alg":"RS256","typ":"JWT","kid":"k1"})");
  EXPECT_EQ(decoded(assertion.substr(first + 1, second - first - 1)),
            R"({"iss":"a@p.example","scope":"https://www.googleapis.com/auth/cloud-platform",)"
            R"("aud":"https://oauth2.googleapis.com/token","iat":1795737600,"exp":1795741200})");
  EXPECT_EQ(decoded(assertion.substr(second + 1)), "signed " + std::to_string(second));
}

TEST(OAuth, AsksForATokenWithAnApplicationsSecret) {
  const auto request = request_of("azure-front-door", secrets_of("client_secret", "s&cret="), {},
                                  {{"directory", "d/1"}, {"client_id", "app"}});
  ASSERT_TRUE(request && *request);
  EXPECT_EQ((*request)->url, "https://login.microsoftonline.com/d%2F1/oauth2/v2.0/token");
  EXPECT_EQ(
      (*request)->body,
      "grant_type=client_credentials&client_id=app&client_secret=s%26cret%3D&scope=https%3A%2F%2Fmanagement.azure."
      "com%2F.default");
}

TEST(OAuth, FetchesNothingWhereTheTokenItselfIsGiven) {
  const auto given = request_of("google-cloud-cdn", secrets_of("token", "t"));
  EXPECT_TRUE(given && !*given);
  const auto akamai = request_of("akamai", secrets_of("client_secret", "s"));
  EXPECT_TRUE(akamai && !*akamai) << "its client secret signs requests";
}

TEST(OAuth, RefusesWhatIsNoKeyFileWithoutRepeatingIt) {
  const struct {
    std::string_view key;
    std::string_view says;
  } rows[] = {
      {"not JSON, secret", "no key file"},
      {R"({"private_key":"good"})", "no key file"},
      {R"({"client_email":"a","private_key":"bad secret","token_uri":"https://h/t"})", "no RSA key"},
      {R"({"client_email":"a","private_key":"good","token_uri":"http://h/t?secret"})", "no https:// URL"},
      {R"({"client_email":"a","private_key":"good","token_uri":"http://127.0.0.1.h/t?secret"})", "no https:// URL"}};
  for (const auto& row : rows) {
    const auto request = request_of("google-media-cdn", secrets_of("service_account", row.key));
    ASSERT_FALSE(request) << row.key;
    EXPECT_EQ(request.error().id, errors::no_token);
    EXPECT_NE(request.error().message.find(row.says), std::string::npos) << request.error().message;
    EXPECT_EQ(request.error().message.find("secret"), std::string::npos) << request.error().message;
  }
}

TEST(OAuth, ReadsTheTokenOrWhyThereIsNone) {
  const auto token = read_token({200, "", R"({"access_token":"t1","expires_in":3599,"token_type":"Bearer"})"});
  ASSERT_TRUE(token);
  EXPECT_EQ(token->expose(), "t1");
  const struct {
    Response response;
    std::string_view says;
  } rows[] = {{{400, "", R"({"error":"invalid_grant","error_description":"Invalid JWT Signature."})"},
               "status 400: Invalid JWT Signature."},
              {{401, "", R"({"error":"invalid_client"})"}, "status 401: invalid_client"},
              {{200, "", "<html>"}, "status 200;"},
              {{500, "", R"({"access_token":"t1"})"}, "status 500;"}};
  for (const auto& row : rows) {
    const auto none = read_token(row.response);
    ASSERT_FALSE(none);
    EXPECT_NE(none.error().message.find(row.says), std::string::npos) << none.error().message;
  }
}

}  // namespace
}  // namespace cachewitness::purge
