// Signatures against published vectors: AWS's own suite (boto/botocore tests/unit/auth/aws4_testsuite) and Akamai's
// (akamai/AkamaiOPEN-edgegrid-python).
#include "purge/sign.h"

#include <gtest/gtest.h>

#include "base/base64.h"
#include "base/time.h"
#include "support/openssl_digests.h"

namespace cachewitness::purge {
namespace {

using testing::hmac_sha256;
using testing::sha256;

constexpr Digests digests{sha256, hmac_sha256};

Secrets aws_secrets() {
  Secrets secrets;
  secrets.emplace_back("access_key_id", base::Secret("AKIDEXAMPLE"));
  secrets.emplace_back("secret_access_key", base::Secret("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"));
  return secrets;
}

struct AwsCase {
  Request request;
  std::string_view service;
  std::string_view canonical;
  std::string_view signature;
};

std::string value_of(const Request& request, std::string_view name) {
  for (const Header& header : request.headers) {
    if (header.name == name) {
      return header.value;
    }
  }
  return {};
}

TEST(SigV4, SignsAsThePublishedVectorsDo) {
  const std::string form = "application/x-www-form-urlencoded";
  const std::string batch =
      R"(<?xml version="1.0" encoding="UTF-8"?>)"
      R"(<InvalidationBatch xmlns="http://cloudfront.amazonaws.com/doc/2020-05-31/">)"
      "<Paths><Quantity>2</Quantity><Items><Path>/index.html</Path><Path>#tag-1</Path></Items></Paths>"
      "<CallerReference>vec-0001</CallerReference></InvalidationBatch>";
  const AwsCase cases[] = {
      {{"GET", "https://example.amazonaws.com/", {}, "", {}},
       "service",
       "bb579772317eb040ac9ed261061d46c1f17a8133879d6129b6e1c25292927e63",
       "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
      {{"POST", "https://example.amazonaws.com/?Param1=value1", {}, "", {}},
       "service",
       "9d659678c1756bb3113e2ce898845a0a79dbbc57b740555917687f1b3340fbbd",
       "28038455d6de14eafc1f9222cf5aa6f1a96197d7deb8263271d420d138af7f11"},
      {{"POST", "https://example.amazonaws.com/", {{"Content-Type", form}}, "Param1=value1", {}},
       "service",
       "42a5e5bb34198acb3e84da4f085bb7927f2bc277ca766e6d19c73c2154021281",
       "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a"},
      {{"GET", "https://example.amazonaws.com/?Param-3=Value3&Param=Value2&%E1%88%B4=Value1", {}, "", {}},
       "service",
       "868294f5c38bd141c4972a373a76654f1418a8e4fc18b2e7903ae45e8ae0ec71",
       "371d3713e185cc334048618a97f809c9ffe339c62934c032af5a0e595648fcac"},
      {{"POST",
        "https://cloudfront.amazonaws.com/2020-05-31/distribution/EDFDVBD6EXAMPLE/invalidation",
        {{"Content-Type", "application/xml"}},
        batch,
        {}},
       "cloudfront",
       "bf484888568e0fb2c6c577de17bed4e00502af23d34ced30e0596192f9ff9a18",
       "102b8fd5cd7dc47fdfd6ef407cc6a5c7132f8f35519554c5aaef94cda2051a23"},
  };
  const base::Instant now = *base::parse_instant("2015-08-30T12:36:00Z");
  for (const AwsCase& each : cases) {
    SCOPED_TRACE(each.request.url);
    Request dated = each.request;
    dated.headers.push_back({"X-Amz-Date", "20150830T123600Z"});
    EXPECT_EQ(sigv4_canonical_hash(dated, digests), each.canonical);
    Request request = each.request;
    sign_sigv4(request, aws_secrets(), {"us-east-1", each.service}, now, digests);
    EXPECT_TRUE(value_of(request, "Authorization").ends_with(std::string("Signature=") + std::string(each.signature)))
        << value_of(request, "Authorization");
  }
}

TEST(SigV4, SignsTheTokenOfTemporaryCredentials) {
  Secrets secrets = aws_secrets();
  secrets.emplace_back("session_token", base::Secret("temporary"));
  Request request{"GET", "https://example.amazonaws.com/", {}, "", {}};
  sign_sigv4(request, secrets, {}, base::Instant{}, digests);
  EXPECT_EQ(value_of(request, "X-Amz-Security-Token"), "temporary");
  EXPECT_NE(value_of(request, "Authorization").find("host;x-amz-date;x-amz-security-token"), std::string::npos);
}

struct AkamaiCase {
  std::string method;
  std::string target;
  std::string body;
  std::string_view signature;
};

TEST(EdgeGrid, SignsAsThePublishedVectorsDo) {
  const AkamaiCase cases[] = {
      {"GET", "/", "", "tL+y4hxyHxgWVD30X3pWnGKHcPzmrIF+LThiAOhMxYU="},
      {"GET", "/testapi/v1/t1?p1=1&p2=2", "", "hKDH1UlnQySSHjvIcZpDMbQHihTQ0XyVAKZaApabdeA="},
      {"POST", "/testapi/v1/t3", "datadatadatadatadatadatadatadata", "hXm4iCxtpN22m4cbZb4lVLW5rhX8Ca82vCFqXzSTPe4="},
      {"POST", "/testapi/v1/t3", std::string(2048, 'd'), "6Q6PiTipLae6n4GsSIDTCJ54bEbHUBp+4MUXrbQCBoY="},
      {"POST", "/testapi/v1/t3", std::string(2049, 'd'), "6Q6PiTipLae6n4GsSIDTCJ54bEbHUBp+4MUXrbQCBoY="},
      {"POST", "/testapi/v1/t6", "", "1gEDxeQGD5GovIkJJGcBaKnZ+VaPtrc4qBUHixjsPCQ="},
      {"PUT", "/testapi/v1/t6", std::string(31, 'P'), "GNBWEYSEWOLtu+7dD52da2C39aX/Jchpon3K/AmBqBU="},
      {"GET", "/testapi/v1/configs/111;222;333?from=12345&limit=200000", "",
       "pmQF7Is2+O4r/mMojPR4yeF58BrempNNoBX5/DT0Fxs="},
      {"POST", "/ccu/v3/invalidate/url/production", R"({"objects":["https://www.example.com/a.html"]})",
       "SGF9vQySffEvQ535/7pMTHWRhHINw66RyYNWrUmNbNM="},
  };
  Secrets secrets;
  secrets.emplace_back("client_token", base::Secret("akab-client-token-xxx-xxxxxxxxxxxxxxxx"));
  secrets.emplace_back("access_token", base::Secret("akab-access-token-xxx-xxxxxxxxxxxxxxxx"));
  secrets.emplace_back("client_secret", base::Secret(std::string(43, 'x') + "="));
  for (const AkamaiCase& each : cases) {
    SCOPED_TRACE(each.method + " " + each.target);
    Request request{each.method,
                    "https://akaa-baseurl-xxxxxxxxxxx-xxxxxxxxxxxxx.luna.akamaiapis.net" + each.target,
                    {},
                    each.body,
                    {}};
    sign_edgegrid(request, secrets, *base::parse_instant("2014-03-21T19:34:21Z"),
                  "nonce-xx-xxxx-xxxx-xxxx-xxxxxxxxxxxx", 2048, digests);
    EXPECT_TRUE(value_of(request, "Authorization").ends_with(std::string("signature=") + std::string(each.signature)))
        << value_of(request, "Authorization");
  }
}

TEST(Authorize, ShowsTheCredentialAsItsProviderWantsIt) {
  Secrets secrets;
  secrets.emplace_back("api_key", base::Secret("key"));
  Request basic;
  authorize(basic, {Credential::Scheme::basic_user, "", "", "api_key"}, secrets, {}, "", digests);
  EXPECT_EQ(value_of(basic, "Authorization"), "Basic " + base::base64("key:"));
  Request bearer;
  authorize(bearer, {Credential::Scheme::header, "Authorization", "Bearer ", "api_key"}, secrets, {}, "", digests);
  EXPECT_EQ(value_of(bearer, "Authorization"), "Bearer key");
  Request open;
  authorize(open, {}, secrets, {}, "", digests);
  EXPECT_TRUE(open.headers.empty());
}

}  // namespace
}  // namespace cachewitness::purge
