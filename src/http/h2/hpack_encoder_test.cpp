#include "http/h2/hpack_encoder.h"

#include <gtest/gtest.h>

#include <string>

#include "http/h2/hpack_decoder.h"

namespace cachewitness::http::h2 {
namespace {

// What a peer makes of it.
class Reader {
 public:
  explicit Reader(std::size_t table_bytes = 4096) : decoder_({}, table_bytes) {}
  std::string read(std::string_view block) {
    return decoder_.decode(block) ? std::string(decoder_.text()) : std::string("unreadable");
  }
  [[nodiscard]] std::size_t table_bytes() const { return decoder_.table_bytes(); }

 private:
  HpackDecoder decoder_;
};

TEST(HpackEncoder, SendsAnIndexedFieldOnce) {
  HpackEncoder encoder;
  Reader reader;
  for (int i = 0; i < 3; ++i) {
    std::string block;
    encoder.begin_block(block);
    encoder.append_indexed(static_index::user_agent, "cachewitness/1", block);
    encoder.append_indexed(static_index::accept, "*/*", block);
    EXPECT_EQ(reader.read(block), "user-agent: cachewitness/1\r\naccept: */*\r\n");
    EXPECT_EQ(block.size(), i == 0 ? 21U : 2U);
  }
}

TEST(HpackEncoder, KnowsWhatThePeerHasEvicted) {
  HpackEncoder encoder;
  Reader reader;
  for (int i = 0; i < 2000; ++i) {
    std::string block;
    encoder.begin_block(block);
    const std::string host = std::string(static_cast<std::size_t>(i % 700), 'h') + std::to_string(i / 3);
    encoder.append_indexed(static_index::user_agent, "agent", block);
    encoder.append_indexed(static_index::authority, host, block);
    ASSERT_EQ(reader.read(block), "user-agent: agent\r\n:authority: " + host + "\r\n");
  }
}

TEST(HpackEncoder, FollowsThePeersTableWhereverItGoes) {
  HpackEncoder encoder;
  Reader reader;
  const std::uint32_t limits[] = {4096, 100, 0, 60, 1'000'000, 50, 4096, 4096};
  for (const std::uint32_t limit : limits) {
    encoder.limit_table(limit);
    for (int i = 0; i < 3; ++i) {
      std::string block;
      encoder.begin_block(block);
      encoder.append_indexed(static_index::user_agent, "agent", block);
      encoder.append_indexed(static_index::accept, "*/*", block);
      ASSERT_EQ(reader.read(block), "user-agent: agent\r\naccept: */*\r\n") << limit;
      EXPECT_LE(reader.table_bytes(), limit);
    }
  }
}

TEST(HpackEncoder, NeverIndexesWhatMayBeASecret) {
  HpackEncoder encoder;
  Reader reader;
  std::string block;
  encoder.append_never_indexed("X-Secret-Token", "  s3cret ", block);
  EXPECT_EQ(block[0], 0x10);
  EXPECT_EQ(reader.read(block), "x-secret-token: s3cret\r\n");
  EXPECT_EQ(reader.table_bytes(), 0U);
}

TEST(HpackEncoder, WritesLongValues) {
  Reader reader;
  for (const std::size_t size : {126U, 127U, 128U, 254U, 255U, 256U, 16'000U}) {
    std::string block;
    HpackEncoder::append_literal(static_index::path, std::string(size, 'p'), block);
    EXPECT_EQ(reader.read(block), ":path: " + std::string(size, 'p') + "\r\n");
  }
}

}  // namespace
}  // namespace cachewitness::http::h2
