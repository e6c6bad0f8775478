#include "manifest/tenant_source.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "manifest/expectation_source.h"

namespace cachewitness::manifest {
namespace {

Manifest manifest_with_url(std::string_view url) {
  Manifest manifest;
  Environment environment;
  environment.name = "production";
  environment.url = *parse_template(url, TemplateUse::url);
  Edge edge;
  edge.name = "us-1";
  edge.host = "203.0.113.10";
  environment.regions = {{"us", {edge}}};
  manifest.environments.push_back(std::move(environment));
  return manifest;
}

// Everything at once, and cut into chunks of every size up to 7: a stream must not care.
std::string faults_of(std::string_view text, ListFormat format, Manifest& manifest, std::size_t chunk = 0) {
  TenantReader reader(manifest, format, "t");
  if (chunk == 0) {
    reader.feed(text);
  }
  for (std::size_t at = 0; chunk != 0 && at < text.size(); at += chunk) {
    reader.feed(text.substr(at, chunk));
  }
  std::string out;
  for (const base::Error& error : reader.finish()) {
    out += error.text() + "\n";
  }
  return out;
}

std::string faults_of(std::string_view text, ListFormat format = ListFormat::csv) {
  Manifest manifest = manifest_with_url("https://{tenant.host}{asset}");
  return faults_of(text, format, manifest);
}

TEST(TenantReader, ReadsCsvInChunksOfAnySize) {
  constexpr std::string_view text =
      "\xEF\xBB\xBFid,host,tags,assets,\"base, path\"\r\n"
      "abc,abc.example.com,gold;eu,/a.css /b.css,x\r\n"
      "\r\n"
      "\"d\"\"ef\",def.example.com,,,\"with, comma\"\r\n"
      "ghi, ghi.example.com ,silver,,";
  for (std::size_t chunk = 0; chunk < 8; ++chunk) {
    SCOPED_TRACE(chunk);
    Manifest manifest = manifest_with_url("https://{tenant.host}{asset}");
    EXPECT_EQ(faults_of(text, ListFormat::csv, manifest, chunk), "");
    const TenantTable& tenants = manifest.tenants;
    ASSERT_EQ(tenants.size(), 3U);
    EXPECT_EQ(tenants.id(TenantId{1}), "d\"ef");
    EXPECT_EQ(tenants.attribute(TenantId{1}, "base, path"), "with, comma");
    EXPECT_EQ(tenants.attribute(TenantId{2}, "host"), "ghi.example.com");
    EXPECT_EQ(tenants.attribute(TenantId{2}, "base, path"), "");
    EXPECT_EQ(tenants.tags(TenantId{0}), (std::vector<std::string_view>{"gold", "eu"}));
    EXPECT_EQ(tenants.extra_assets(TenantId{0}), (std::vector<std::string_view>{"/a.css", "/b.css"}));
    EXPECT_TRUE(tenants.tags(TenantId{1}).empty());
    EXPECT_EQ(tenants.find("ghi"), TenantId{2});
    EXPECT_FALSE(tenants.find("xyz"));
  }
}

TEST(TenantReader, ReadsNdjsonInChunksOfAnySize) {
  constexpr std::string_view text =
      "{\"schema\":\"cachewitness.tenants/v1\"}\n"
      "{\"id\":\"abc\",\"host\":\"abc.example.com\",\"tags\":[\"gold\"],\"assets\":[\"/a.css\"],\"zone\":null}\n"
      "\n"
      "{\"id\":\"d\\u0065f\",\"host\":\"def.example.com\",\"zone\":\"b\"}";
  for (std::size_t chunk = 0; chunk < 8; ++chunk) {
    SCOPED_TRACE(chunk);
    Manifest manifest = manifest_with_url("https://{tenant.host}{asset}");
    EXPECT_EQ(faults_of(text, ListFormat::ndjson, manifest, chunk), "");
    ASSERT_EQ(manifest.tenants.size(), 2U);
    EXPECT_EQ(manifest.tenants.id(TenantId{1}), "def");
    EXPECT_EQ(manifest.tenants.attribute(TenantId{1}, "zone"), "b");
    EXPECT_EQ(manifest.tenants.extra_assets(TenantId{0}).at(0), "/a.css");
  }
}

TEST(TenantReader, TellsWhatIsWrongWithItsLine) {
  const struct {
    std::string_view name;
    ListFormat format;
    std::string_view text;
    std::string_view fault;
  } rows[] = {
      {"empty file", ListFormat::csv, "", "t:1:1: empty; expected a header row such as \"id\" [list-bad-header]"},
      {"header alone", ListFormat::csv, "id,host\n", "t:1:1: no tenant in the list"},
      {"no id column", ListFormat::csv, "name,host\na,a.example.com\n",
       "t:1:1: the header row lacks the column \"id\"; found: name, host [list-bad-header]"},
      {"column twice", ListFormat::csv, "id,host,host\n", "t:1:1: the column \"host\" is there twice"},
      {"nameless column", ListFormat::csv, "id,\n", "t:1:1: column 2 of the header row has no proper name"},
      {"too few columns", ListFormat::csv, "id,host\na\n", "t:2:1: 1 columns where the header has 2"},
      {"too many columns", ListFormat::csv, "id,host\na,b,c\n", "t:2:1: 3 columns where the header has 2"},
      {"quote in a field", ListFormat::csv, "id,host\na,b\"c\n", "t:2:1: a quote inside a field"},
      {"text after a quote", ListFormat::csv, "id,host\n\"a\"b,c\n", "t:2:1: text after the closing quote"},
      {"open quote", ListFormat::csv, "id,host\na,\"b\nc\n", "t:2:1: a quoted field that is never closed"},
      {"stray return", ListFormat::csv, "id,host\ra,b\n", "t:1:1: a carriage return inside a record"},
      {"duplicate", ListFormat::csv, "id,host\na,a.example.com\nb,b.example.com\na,c.example.com\n",
       "t:4:1: tenant \"a\" is here twice; the first is in line 2 [tenant-duplicate]"},
      {"no id", ListFormat::csv, "id,host\n,a.example.com\n", "t:2:1: a tenant without an id"},
      {"no host", ListFormat::csv, "id,host\na,\n",
       "t:2:1: tenant \"a\" has no \"host\", which environments.production.url needs [tenant-missing-attribute]"},
      {"bad host", ListFormat::csv, "id,host\na,a/b\n",
       "t:2:1: tenant \"a\": the host \"a/b\" is not a valid host name"},
      {"escape in id", ListFormat::csv, "id,host\n\x1b[31ma,a.example.com\n", "in the id \"\\x1b[31ma\""},
      {"header injection", ListFormat::csv, "id,host,x\na,a.example.com,\"b\r\nX: y\"\n", "control or invisible"},
      {"bad asset", ListFormat::csv, "id,host,assets\na,a.example.com,a.css\n",
       "bad asset \"a.css\": it must start with"},
      {"no JSON", ListFormat::ndjson, "id,host\n", "t:1:1: not a JSON object: "},
      {"JSON list", ListFormat::ndjson, "[]\n", "t:1:1: not a JSON object; expected one such as"},
      {"JSON number", ListFormat::ndjson, "\n{\"id\":5}\n", "t:2:1: \"id\" is neither a string nor a list of strings"},
      {"JSON list of numbers", ListFormat::ndjson, "{\"id\":\"a\",\"tags\":[1]}\n", "\"tags\" is neither a string"},
      {"JSON list where none may be", ListFormat::ndjson, "{\"id\":[\"a\"]}\n",
       "only \"tags\" and \"assets\" are lists"},
      {"other schema", ListFormat::ndjson, "{\"schema\":\"x\"}\n", "the schema is not \"cachewitness.tenants/v1\""},
      {"deep", ListFormat::ndjson, "{\"a\":[[[[[[[[[[]]]]]]]]]]}\n", "t:1:1: not a JSON object: "},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(std::string(row.name));
    EXPECT_NE(faults_of(row.text, row.format).find(row.fault), std::string::npos) << faults_of(row.text, row.format);
  }
}

TEST(TenantReader, GoesOnAfterABadRecord) {
  Manifest manifest = manifest_with_url("https://{tenant.host}{asset}");
  const std::string faults = faults_of("id,host\na,x\"y\nb,b.example.com\nc\n", ListFormat::csv, manifest);
  EXPECT_EQ(std::ranges::count(faults, '\n'), 2);
  EXPECT_EQ(manifest.tenants.size(), 1U);
}

TEST(TenantReader, GivesUpAfterAHundredFaults) {
  Manifest manifest = manifest_with_url("https://{tenant.host}{asset}");
  TenantReader reader(manifest, ListFormat::csv, "t");
  reader.feed("id,host\n");
  EXPECT_FALSE(reader.has_given_up());
  for (int i = 0; i < 200; ++i) {
    reader.feed("only-one-column\n");
  }
  EXPECT_TRUE(reader.has_given_up());
  EXPECT_EQ(reader.finish().size(), 101U);
}

TEST(TenantReader, BoundsALine) {
  const std::string lengthy(100'000, 'x');
  EXPECT_NE(faults_of("id,host\n\"" + lengthy + "\n").find("t:2:1: a record of more than 64 KiB"), std::string::npos);
  EXPECT_NE(faults_of("{\"id\":\"" + lengthy + "\"}\n", ListFormat::ndjson).find("t:1:1: a line of more than 64 KiB"),
            std::string::npos);
}

TEST(TenantReader, TriesTheUrlOfEachTenant) {
  Manifest manifest = manifest_with_url("{tenant.base}{asset}");
  EXPECT_EQ(faults_of("id,base\na,https://a.example.com/a\nb,ftp://b\n", ListFormat::csv, manifest),
            "t:3:1: tenant \"b\": its URL in environment \"production\" would be \"ftp://b/\": it does not start with "
            "http:// or https:// [tenant-bad-value]\n");
}

TEST(TenantTable, KeepsAHundredThousandTenantsUnderTwoHundredBytesEach) {
  Manifest manifest = manifest_with_url("https://{tenant.host}{asset}");
  TenantReader reader(manifest, ListFormat::csv, "t");
  reader.feed("id,host,tags\n");
  for (int i = 0; i < 100'000; ++i) {
    const std::string name = "tenant-" + std::to_string(1'000'000 + i);
    reader.feed(name + "," + name + ".shop.example.com,gold\n");
  }
  EXPECT_TRUE(reader.finish().empty());
  ASSERT_EQ(manifest.tenants.size(), 100'000U);
  EXPECT_LT(manifest.tenants.memory_bytes() / manifest.tenants.size(), 200U);
  EXPECT_EQ(manifest.tenants.attribute(TenantId{99'999}, "host"), "tenant-1099999.shop.example.com");
}

TEST(ExpectationReader, ReadsDigestsAndTags) {
  std::vector<Expectation> out;
  ExpectationReader reader(out, ListFormat::csv, "e.csv");
  reader.feed("tenant,asset,variant,sha256,etag\n");
  reader.feed("abc*,/a.js,,e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855,\n");
  reader.feed(",/b.js,gzip,,\"\"\"v2\"\"\"\n");
  EXPECT_TRUE(reader.finish().empty());
  ASSERT_EQ(out.size(), 2U);
  EXPECT_EQ(out[0].tenant, "abc*");
  EXPECT_EQ(out[0].variant, "*");
  EXPECT_TRUE(out[0].sha256);
  EXPECT_EQ(out[1].tenant, "*");
  EXPECT_EQ(out[1].etag, "\"v2\"");
}

TEST(ExpectationReader, TellsWhatIsWrong) {
  const struct {
    std::string_view text;
    std::string_view fault;
  } rows[] = {
      {"asset,sha265\n", "unknown column \"sha265\"; did you mean \"sha256\"?"},
      {"tenant,sha256\n", "lacks the column \"asset\""},
      {"asset,sha256\n/a,abc\n", "\"abc\" is not a SHA-256"},
      {"asset,etag\n/a,\n", "needs \"sha256\" or \"etag\""},
      {"asset,etag\na,x\n", "bad asset \"a\""},
      {"asset,etag,tenant\n/a,x,^a$\n", "bad glob \"^a$\""},
      {"asset,etag\n", "no expectation in the list"},
  };
  for (const auto& [text, fault] : rows) {
    SCOPED_TRACE(std::string(text));
    std::vector<Expectation> out;
    ExpectationReader reader(out, ListFormat::csv, "e.csv");
    reader.feed(text);
    const base::Errors errors = reader.finish();
    ASSERT_FALSE(errors.empty());
    EXPECT_NE(errors.front().text().find(fault), std::string::npos) << errors.front().text();
  }
}

}  // namespace
}  // namespace cachewitness::manifest
