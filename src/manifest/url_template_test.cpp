#include "manifest/url_template.h"

#include <gtest/gtest.h>

#include <string>

#include "manifest/manifest.h"
#include "manifest/url_parts.h"

namespace cachewitness::manifest {
namespace {

TEST(UrlTemplate, RendersEveryReference) {
  TenantTable tenants;
  TenantRow row;
  row.id = "abc";
  row.attributes = {{"host", "abc.example.com"}, {"base", "shared/abc"}};
  tenants.add(row);
  Edge edge;
  edge.name = "e1";
  edge.host = "2001:db8::1";
  edge.port = 8443;
  edge.provider = "fastly";
  edge.attributes = {{"rack", "b4"}};
  TemplateValues values{"production", "eu", &edge, &tenants, TenantId{0}, "/a.js?v=2", "gzip", "abc.example.com"};

  const struct {
    std::string_view pattern;
    TemplateUse use;
    std::string_view expected;
  } rows[] = {
      {"https://{tenant.host}{asset}", TemplateUse::url, "https://abc.example.com/a.js?v=2"},
      {"https://cdn-{region}.x/{tenant.id}{asset}", TemplateUse::url, "https://cdn-eu.x/abc/a.js?v=2"},
      {"http://{edge.name}.{edge.rack}.{edge.provider}/{environment}/{variant}{asset}", TemplateUse::url,
       "http://e1.b4.fastly/production/gzip/a.js?v=2"},
      {"http://{edge.address}{asset}", TemplateUse::url, "http://[2001:db8::1]:8443/a.js?v=2"},
      {"http://h:{edge.port}/{tenant.base}", TemplateUse::url, "http://h:8443/shared/abc"},
      {"{tenant.base}{asset}", TemplateUse::url, "shared/abc/a.js?v=2"},
      {"{host}", TemplateUse::host, "abc.example.com"},
      {"{tenant.id}.origin.example.net", TemplateUse::host, "abc.origin.example.net"},
  };
  for (const auto& [pattern, use, expected] : rows) {
    SCOPED_TRACE(std::string(pattern));
    const auto parsed = parse_template(pattern, use);
    ASSERT_TRUE(parsed) << parsed.error();
    std::string out;
    append_rendered(*parsed, values, out);
    EXPECT_EQ(out, expected);
    EXPECT_EQ(parsed->text(), pattern);
  }
}

TEST(UrlTemplate, SaysWhatIsWrongWithABadOne) {
  const struct {
    std::string_view pattern;
    TemplateUse use;
    std::string_view fault;
  } rows[] = {
      {"", TemplateUse::url, "empty"},
      {"https://{tenant.host", TemplateUse::url, "unclosed brace"},
      {"https://{tenant.{host}}/", TemplateUse::url, "unclosed brace"},
      {"https://tenant.host}/", TemplateUse::url, "without its \"{\""},
      {"https://{}/", TemplateUse::url, "empty reference"},
      {"https://{tenant}/", TemplateUse::url, "names no attribute; write {tenant.id}"},
      {"https://{edge.}/", TemplateUse::url, "names no attribute; write {edge.name}"},
      {"https://{regoin}/", TemplateUse::url, "did you mean \"{region}\"?"},
      {"https://{host}/", TemplateUse::url, "unknown reference \"{host}\""},
      {"{asset}", TemplateUse::host, "unknown reference \"{asset}\""},
      {"ftp://{tenant.host}/", TemplateUse::url, "the scheme \"ftp\" cannot be probed"},
      {"{region}.example.com/", TemplateUse::url, "has no scheme"},
      {"https://{asset}", TemplateUse::url, "has no host"},
      {"https:///{asset}", TemplateUse::url, "has no host"},
      {"https://h ost/", TemplateUse::url, "is not a valid host name"},
      {"https://user@{tenant.host}/", TemplateUse::url, "is not a valid host name"},
      {"https://{tenant.host}:0/", TemplateUse::url, "the port \"0\""},
      {"https://{tenant.host}:65536/", TemplateUse::url, "the port \"65536\""},
      {"https://{tenant.host}/\xC3\xA9", TemplateUse::url, "must be percent-encoded"},
      {"https://origin.example.net", TemplateUse::host, "write the host alone"},
  };
  for (const auto& [pattern, use, fault] : rows) {
    SCOPED_TRACE(std::string(pattern));
    const auto parsed = parse_template(pattern, use);
    ASSERT_FALSE(parsed);
    EXPECT_NE(parsed.error().find(fault), std::string::npos) << parsed.error();
  }
}

TEST(UrlTemplate, KnowsWhatItsAuthorityRefersTo) {
  using Kind = UrlTemplate::Piece::Kind;
  const auto url = parse_template("https://cdn-{region}.example.com/{tenant.id}{asset}", TemplateUse::url);
  ASSERT_TRUE(url);
  EXPECT_TRUE(url->uses_in_authority(Kind::region));
  EXPECT_FALSE(url->uses_in_authority(Kind::tenant));
  EXPECT_TRUE(url->uses(Kind::tenant));
  EXPECT_FALSE(url->uses(Kind::edge));
}

TEST(UrlParts, KeepsThePortOnlyWhereItIsNotTheSchemes) {
  const struct {
    std::string_view url;
    std::string_view authority;
    std::string_view host;
    std::uint16_t port;
    std::string_view target;
  } rows[] = {
      {"https://a.example.com/x?y=1", "a.example.com", "a.example.com", 443, "/x?y=1"},
      {"https://a.example.com:443/", "a.example.com", "a.example.com", 443, "/"},
      {"https://a.example.com:80/", "a.example.com:80", "a.example.com", 80, "/"},
      {"http://a.example.com:80", "a.example.com", "a.example.com", 80, "/"},
      {"http://[2001:db8::1]:8080/x", "[2001:db8::1]:8080", "[2001:db8::1]", 8080, "/x"},
      {"http://a_b.example.com./", "a_b.example.com.", "a_b.example.com.", 80, "/"},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(std::string(row.url));
    const auto parts = split_url(row.url);
    ASSERT_TRUE(parts) << parts.error();
    EXPECT_EQ(parts->authority, row.authority);
    EXPECT_EQ(parts->host, row.host);
    EXPECT_EQ(parts->port, row.port);
    EXPECT_EQ(parts->target, row.target);
  }
}

TEST(UrlParts, RefusesWhatNoRequestCanCarry) {
  for (const std::string_view url :
       {"", "https://", "//a/", "https://a:/", "https://a:+80/", "https://a:99999/", "https://a..b/", "https://.a/",
        "https://a/\r\nX: y", "https://a b/", "https://a/ b", "https://a/#f", "https://a?x", "https://[::1/",
        "https://[::g]/", "https://u:p@a/", "https://a%20b/", "https://a:18446744073709551696/"}) {
    EXPECT_FALSE(split_url(url)) << url;
  }
  EXPECT_FALSE(split_url("https://" + std::string(64, 'a') + ".com/"));
  EXPECT_FALSE(is_valid_authority(""));
  EXPECT_TRUE(is_valid_authority("a.example.com:8443"));
}

}  // namespace
}  // namespace cachewitness::manifest
