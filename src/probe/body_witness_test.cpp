#include "probe/body_witness.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>
#include <zstd.h>

#include <string>

#include "base/assert.h"

namespace cachewitness::probe {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view plain = "hello hello hello hello\n";
constexpr int zlib_window = 15;
constexpr int gzip_window = 15 + 16;
constexpr int raw_window = -15;

std::string deflated(std::string_view text, int window) {
  z_stream stream{};
  CW_ASSERT(deflateInit2(&stream, 9, Z_DEFLATED, window, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  std::string out(deflateBound(&stream, text.size()) + 100, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  CW_ASSERT(deflate(&stream, Z_FINISH) == Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

std::string gzipped(std::string_view text) { return deflated(text, gzip_window); }

std::string zstd_compressed(std::string_view text) {
  std::string out(ZSTD_compressBound(text.size()), '\0');
  out.resize(ZSTD_compress(out.data(), out.size(), text.data(), text.size(), 3));
  return out;
}

// `plain`, by the brotli reference encoder.
std::string brotli_compressed() {
  return std::string("\033\027\000\000\244\024\100\162\020\105\224\251\303\163\372\013"sv);
}

void start(BodyWitness& witness, std::string_view codings) {
  const std::string bytes =
      "HTTP/1.1 200 OK\r\n" + (codings.empty() ? "" : "Content-Encoding: " + std::string(codings) + "\r\n") + "\r\n";
  http::ResponseHead head;
  CW_ASSERT(http::parse_response_head(bytes, {}, head));
  witness.read_codings(head);
  witness.start();
}

void feed(BodyWitness& witness, std::string_view body, std::size_t pieces) {
  for (; !body.empty(); body.remove_prefix(std::min(pieces, body.size()))) {
    witness.take(body.substr(0, pieces));
  }
}

// The SHA-256's first digits, or what went wrong.
std::string outcome(BodyWitness& witness, std::string_view codings, std::string_view body, std::size_t pieces) {
  start(witness, codings);
  feed(witness, body, pieces);
  witness.end();
  if (!witness.exceeded().empty()) {
    return std::string(witness.exceeded());
  }
  evidence::Body out;
  witness.write(out);
  EXPECT_EQ(out.wire_bytes, body.size());
  EXPECT_EQ(out.sha256.has_value(), out.decode_error.empty());
  return out.sha256 ? out.sha256->hex().substr(0, 8) : out.decode_error;
}

TEST(BodyWitness, GivesEachCodingTheDigestOfThePlainBody) {
  constexpr std::string_view digest = "66dafcbd";
  struct Row {
    std::string_view codings;
    std::string body;
    std::string_view expected;
  };
  const std::string cut_zstd = zstd_compressed(plain).substr(0, zstd_compressed(plain).size() - 1);
  const Row rows[] = {
      {"", std::string(plain), digest},
      {"identity", std::string(plain), digest},
      {"gzip", gzipped(plain), digest},
      {"X-GZip", gzipped(plain), digest},
      {"gzip", gzipped(plain.substr(0, 7)) + gzipped(plain.substr(7)), digest},
      {"deflate", deflated(plain, zlib_window), digest},
      {"deflate", deflated(plain, raw_window), digest},
      {"br", brotli_compressed(), digest},
      {"zstd", zstd_compressed(plain), digest},
      {"zstd", zstd_compressed(plain.substr(0, 7)) + zstd_compressed(plain.substr(7)), digest},
      {"br, gzip", gzipped(brotli_compressed()), digest},
      {"gzip, identity ,zstd", zstd_compressed(gzipped(plain)), digest},
      {"gzip", "", "e3b0c442"},
      {"gzip", gzipped(plain).substr(0, 20), "truncated gzip content"},
      {"gzip", gzipped(plain).substr(0, 3), "truncated gzip content"},
      {"deflate", deflated(plain, zlib_window).substr(0, 9), "truncated deflate content"},
      {"br", brotli_compressed().substr(0, 9), "truncated br content"},
      {"zstd", cut_zstd, "truncated zstd content"},
      {"br, gzip", gzipped(brotli_compressed().substr(0, 9)), "truncated br content"},
      {"gzip", std::string(plain), "broken gzip content"},
      {"br", "\xff\xff\xff\xff\xff", "broken br content"},
      {"zstd", std::string(plain), "broken zstd content"},
      {"gzip", gzipped(plain) + "rest", "broken gzip content"},
      {"deflate", deflated(plain, zlib_window) + "rest", "broken deflate content"},
      {"br", brotli_compressed() + "rest", "broken br content"},
      {"compress", std::string(plain), "unknown content coding compress"},
      {"gzip, gzip, gzip, gzip, gzip", std::string(plain), "more content codings than anyone needs"},
  };
  BodyWitness witness(BodyLimits{});  // one for all: nothing of a body may reach the next
  for (const Row& row : rows) {
    EXPECT_EQ(outcome(witness, row.codings, row.body, std::string::npos), row.expected) << row.codings;
    EXPECT_EQ(outcome(witness, row.codings, row.body, 1), row.expected) << row.codings << ", byte by byte";
  }
}

TEST(BodyWitness, EndsABombInEveryLayer) {
  constexpr std::size_t mebibyte = std::size_t{1} << 20;
  const std::string zeros(64 * mebibyte, '\0');
  BodyWitness witness(BodyLimits{});
  EXPECT_EQ(outcome(witness, "gzip", gzipped({zeros.data(), mebibyte}), 100).size(), 8U)
      << "small bodies may be anything";
  constexpr std::string_view ratio = "decoded body is more than 100 times its size on the wire";
  EXPECT_EQ(outcome(witness, "gzip", gzipped({zeros.data(), 2 * mebibyte}), 100), ratio);
  EXPECT_EQ(outcome(witness, "gzip", gzipped({zeros.data(), 2 * mebibyte}), std::string::npos), ratio);
  EXPECT_EQ(outcome(witness, "gzip, gzip", gzipped(gzipped({zeros.data(), 2 * mebibyte})), 100), ratio);
  constexpr std::string_view too_large = "decoded body is larger than max_body_bytes";
  EXPECT_EQ(outcome(witness, "zstd", zstd_compressed(zeros), 100), too_large);
  EXPECT_EQ(outcome(witness, "gzip, gzip", gzipped(gzipped(zeros)), 100), too_large);
  EXPECT_EQ(outcome(witness, "br, gzip", gzipped(zeros), 100), "broken br content") << "and no more of it is decoded";
  BodyWitness narrow(BodyLimits{.max_bytes = 100'000});
  EXPECT_EQ(outcome(narrow, "gzip", gzipped({zeros.data(), 100'001}), 100), too_large);
  EXPECT_EQ(outcome(narrow, "gzip", gzipped({zeros.data(), 100'000}), 100).size(), 8U);
}

TEST(BodyWitness, HashesWhatAMaskLeavesInEveryCoding) {
  auto rules = std::make_shared<BodyRules>();
  rules->mask = std::make_shared<const BodyMask>(std::vector<manifest::BodyMask>{{"nonce=[0-9]+", "", ""}});
  rules->marks = {{evidence::BodyMark::Kind::tenant, {"tenant=", ""}}};
  BodyWitness witness(BodyLimits{.rules = rules});
  BodyWitness plain_witness(BodyLimits{});
  const std::string expected = outcome(plain_witness, "", "page  tenant=a", std::string::npos);
  for (const std::string_view nonce : {"nonce=1", "nonce=2222"}) {
    const std::string body = "page " + std::string(nonce) + " tenant=a";
    for (const std::size_t pieces : {std::size_t{1}, std::string::npos}) {
      EXPECT_EQ(outcome(witness, "", body, pieces), expected);
      EXPECT_EQ(outcome(witness, "gzip", gzipped(body), pieces), expected);
      evidence::Body out;
      witness.write(out);
      EXPECT_EQ(out.masked_bytes, nonce.size());
      EXPECT_EQ(out.decoded_bytes, body.size());
      ASSERT_EQ(out.marks.size(), 1U);
      EXPECT_EQ(out.marks[0].text, "a");
    }
  }
  EXPECT_EQ(outcome(witness, "", "", 1), "e3b0c442") << "nothing of a body may reach the next";
}

TEST(BodyWitness, DecodesNothingWhereNoHashIsWanted) {
  BodyWitness witness(BodyLimits{.hash = false});
  start(witness, "gzip");
  witness.take("not gzip at all");
  witness.end();
  evidence::Body body;
  witness.write(body);
  EXPECT_EQ(body.wire_bytes, 15U);
  EXPECT_EQ(body.decoded_bytes, 0U);
  EXPECT_EQ(body.sha256, std::nullopt);
  EXPECT_EQ(body.decode_error, "");
}

}  // namespace
}  // namespace cachewitness::probe
