#include "purge/htcp.h"

#include <gtest/gtest.h>

#include "base/text.h"

namespace cachewitness::purge {
namespace {

std::string bytes_of(std::string_view hex) {
  std::string out;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    out += static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16));
  }
  return out;
}

constexpr std::uint32_t message = 0x01020304;

// Both ways as Squid 5.7 took and sent them.
TEST(Htcp, WritesTheDatagramThatSquidTakes) {
  const auto datagram = encode_htcp_clr(message, "http://example.com/a", {});
  ASSERT_TRUE(datagram);
  EXPECT_EQ(base::hex(*datagram),
            "003700010031400201020304000000034745540014687474703a2f2f6578616d706c652e636f6d2f610008485454502f312e310000"
            "0002");
}

TEST(Htcp, CarriesTheHeadersThatAnObjectVariesBy) {
  const auto datagram = encode_htcp_clr(message, "http://h/a", {{"accept-encoding", "gzip"}});
  ASSERT_TRUE(datagram);
  EXPECT_TRUE(
      datagram->ends_with(std::string("\0\x17"
                                      "accept-encoding: gzip\r\n\0\x02",
                                      27)));
}

TEST(Htcp, LeavesOutWhatFitsNoDatagram) {
  EXPECT_FALSE(encode_htcp_clr(message, "http://h/" + std::string(1400, 'a'), {}));
}

TEST(Htcp, ReadsTheAnswersOfSquid) {
  EXPECT_EQ(decode_htcp_answer(bytes_of("000e000100084001010203040002"), message), HtcpResult::removed);
  EXPECT_EQ(decode_htcp_answer(bytes_of("000e000100084201010203040002"), message), HtcpResult::not_there);
  EXPECT_EQ(decode_htcp_answer(bytes_of("000e000100084101010203040002"), message), HtcpResult::kept);
}

TEST(Htcp, TakesNothingElseForAnAnswer) {
  const std::string good = bytes_of("000e000100084001010203040002");
  for (std::size_t size = 0; size < good.size(); ++size) {
    EXPECT_FALSE(decode_htcp_answer(good.substr(0, size), message)) << size;
  }
  EXPECT_FALSE(decode_htcp_answer(good, message + 1)) << "of another call";
  EXPECT_FALSE(decode_htcp_answer(bytes_of("000e000100081001010203040002"), message)) << "of another operation";
  EXPECT_FALSE(decode_htcp_answer(bytes_of("000e000100084002010203040002"), message)) << "a request";
  EXPECT_FALSE(decode_htcp_answer(bytes_of("000e000100084f01010203040002"), message)) << "no such result";
}

TEST(Htcp, ToldInTheWordsOfHttpIsReadAsAnAnswer) {
  const Provider squid = squid_htcp();
  EXPECT_EQ(squid.read({}, htcp_response(HtcpResult::removed)).outcome, Answer::Outcome::completed);
  EXPECT_EQ(squid.read({}, htcp_response(HtcpResult::not_there)).outcome, Answer::Outcome::accepted);
  EXPECT_EQ(squid.read({}, htcp_response(HtcpResult::kept)).outcome, Answer::Outcome::refused);
}

}  // namespace
}  // namespace cachewitness::purge
