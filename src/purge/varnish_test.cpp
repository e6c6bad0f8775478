#include "purge/varnish.h"

#include <gtest/gtest.h>

#include <fmt/format.h>

#include "purge/varnish_cli_session.h"
#include "support/openssl_digests.h"

namespace cachewitness::purge {
namespace {

using testing::sha256;

Call call_of(Kind kind, std::vector<std::string> items) {
  Call call{1, kind, false, {}, {}, "key-1"};
  for (std::string& item : items) {
    call.items.push_back({std::move(item), {}});
  }
  return call;
}

TEST(Ban, CoversWhatItsCallNamesAndNothingElse) {
  const manifest::PurgeSettings request{};
  manifest::PurgeSettings object;
  object.options = {{"ban_on", "object"}, {"tag_field", "surrogate-key"}};
  const struct {
    const manifest::PurgeSettings& settings;
    Call call;
    std::string_view vcl;
    std::string_view cli;
  } rows[] = {
      {request, call_of(Kind::url, {"https://a.example/x.js?v=1"}),
       R"(req.http.host == a.example && req.url ~ ^/x\.js\?v=1$)",
       R"(req.http.host == a.example && req.url ~ "^/x\\.js\\?v=1$")"},
      {request, call_of(Kind::url, {"https://a.example/x", "https://a.example/y"}),
       R"(req.http.host == a.example && req.url ~ ^(/x|/y)$)", R"(req.http.host == a.example && req.url ~ ^(/x|/y)$)"},
      {request, call_of(Kind::prefix, {"https://a.example/img/"}), R"(req.http.host == a.example && req.url ~ ^/img/)",
       R"(req.http.host == a.example && req.url ~ ^/img/)"},
      {request, call_of(Kind::host, {"a.example"}), R"(req.http.host ~ ^a\.example$)",
       R"(req.http.host ~ "^a\\.example$")"},
      {object, call_of(Kind::host, {"a.example", "b.example"}), R"(obj.http.x-host ~ ^(a\.example|b\.example)$)",
       R"(obj.http.x-host ~ "^(a\\.example|b\\.example)$")"},
      {object, call_of(Kind::tag, {"red"}), R"(obj.http.surrogate-key ~ (^|[\s,])red($|[\s,]))",
       R"~(obj.http.surrogate-key ~ "(^|[\\s,])red($|[\\s,])")~"},
      {request, call_of(Kind::everything, {""}), "obj.status != 0", "obj.status != 0"},
      {request, call_of(Kind::url, {R"(https://a.example/"q")"}), R"(req.http.host == a.example && req.url ~ ^/"q"$)",
       R"(req.http.host == a.example && req.url ~ "^/\"q\"$")"},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(ban_expression(row.settings, row.call, BanFor::vcl), row.vcl);
    EXPECT_EQ(ban_expression(row.settings, row.call, BanFor::cli), row.cli);
  }
}

// As varnishd writes an answer.
std::string answer(int status, std::string_view body) {
  return fmt::format("{:<3} {:<8}\n{}\n", status, body.size(), body);
}

constexpr std::string_view challenge = "ixslvvxrgkjptxmcgnnsdxsvdmvfympg";

TEST(VarnishCli, AnswersTheDocumentedChallenge) {
  EXPECT_EQ(varnish_cli_authentication(challenge, "foo\n", sha256),
            "455ce847f0073c7ab3b1465f74507b75d3dc064c1e7de3b71e00de9092fdc89a");
}

TEST(VarnishCli, AuthenticatesAndThenCommands) {
  const std::string first = answer(107, std::string(challenge) + "\n\nAuthentication required.\n");
  const std::string second = answer(200, "-----------------------------\nVarnish Cache CLI 1.0\n");
  for (std::size_t cut = 1; cut <= first.size() + second.size(); ++cut) {
    VarnishCliSession session("ban obj.status != 0", base::Secret("foo\n"), sha256);
    std::string sent;
    const std::string all = first + second;
    for (std::size_t at = 0; at < all.size(); at += cut) {
      ASSERT_TRUE(session.take(all.substr(at, cut), sent));
    }
    EXPECT_EQ(sent, "auth 455ce847f0073c7ab3b1465f74507b75d3dc064c1e7de3b71e00de9092fdc89a\nban obj.status != 0\n");
    EXPECT_TRUE(session.is_sent());
    EXPECT_FALSE(session.response());
    ASSERT_TRUE(session.take(answer(200, ""), sent));
    ASSERT_TRUE(session.response());
    EXPECT_EQ(session.response()->status, 200);
  }
}

TEST(VarnishCli, NeedsNoSecretWhereNoneIsAskedFor) {
  VarnishCliSession session("ban x", base::Secret(""), sha256);
  std::string sent;
  ASSERT_TRUE(session.take(answer(200, "Varnish Cache CLI 1.0") + answer(106, "Unknown or unsupported field"), sent));
  EXPECT_EQ(sent, "ban x\n");
  EXPECT_EQ(session.response()->status, 106);
  EXPECT_EQ(session.response()->body, "Unknown or unsupported field");
}

TEST(VarnishCli, SendsNoCommandWithABadSecret) {
  for (const int status : {107, 500, 200 - 1}) {
    VarnishCliSession session("ban x", base::Secret("bad"), sha256);
    std::string sent;
    ASSERT_TRUE(session.take(answer(107, challenge), sent));
    ASSERT_TRUE(session.take(answer(status, status == 107 ? challenge : "Closing"), sent));
    EXPECT_EQ(sent.find("ban"), std::string::npos);
    EXPECT_FALSE(session.is_sent());
    ASSERT_TRUE(session.response());
    EXPECT_EQ(varnish_cli().read({}, *session.response()).outcome, Answer::Outcome::denied);
  }
}

TEST(VarnishCli, KnowsWhatIsNoCommandLine) {
  for (const std::string_view bytes :
       {"HTTP/1.1 400 Bad Request\r\n", "200 12345678x", "abc 12      \n", "200         \n  ", "200 99999999\n",
        "SSH-2.0-OpenSSH_9.2p1\r\n", "200-12      \n"}) {
    VarnishCliSession session("ban x", base::Secret(""), sha256);
    std::string sent;
    EXPECT_FALSE(session.take(bytes, sent)) << bytes;
    EXPECT_EQ(sent, "");
  }
}

TEST(VarnishCli, ReadsItsStatuses) {
  const struct {
    int status;
    Answer::Outcome outcome;
  } rows[] = {{200, Answer::Outcome::accepted},  {100, Answer::Outcome::refused},  {101, Answer::Outcome::refused},
              {106, Answer::Outcome::refused},   {107, Answer::Outcome::denied},   {300, Answer::Outcome::postponed},
              {400, Answer::Outcome::postponed}, {500, Answer::Outcome::postponed}};
  for (const auto& row : rows) {
    EXPECT_EQ(name(varnish_cli().read({}, {row.status, {}, "why"}).outcome), name(row.outcome)) << row.status;
  }
}

}  // namespace
}  // namespace cachewitness::purge
