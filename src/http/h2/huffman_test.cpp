#include "http/h2/huffman.h"

#include <gtest/gtest.h>
#include <nghttp2/nghttp2.h>

#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace cachewitness::http::h2 {
namespace {

// What nghttp2 codes `text` as: the value of a literal that is never indexed, behind its name.
std::string coded(std::string text) {
  nghttp2_hd_deflater* made = nullptr;
  EXPECT_EQ(nghttp2_hd_deflate_new(&made, 0), 0);
  const std::unique_ptr<nghttp2_hd_deflater, decltype(&nghttp2_hd_deflate_del)> deflater(made, nghttp2_hd_deflate_del);
  std::string name = "~";  // takes more bits coded than plain, so it comes plain
  nghttp2_nv field{reinterpret_cast<std::uint8_t*>(name.data()), reinterpret_cast<std::uint8_t*>(text.data()),
                   name.size(), text.size(), NGHTTP2_NV_FLAG_NO_INDEX};
  std::vector<std::uint8_t> out(nghttp2_hd_deflate_bound(made, &field, 1));
  const auto size = static_cast<std::size_t>(nghttp2_hd_deflate_hd(made, out.data(), out.size(), &field, 1));
  std::size_t at = 0;
  while (out[at] != 0x10) {  // a table size before it
    ++at;
  }
  at += 3;  // the literal, the size of its name, its name
  if ((out[at] & 0x80) == 0) {
    return {};  // not worth coding
  }
  at += (out[at] & 0x7F) == 0x7F ? (out[at + 1] < 0x80 ? 2 : out[at + 2] < 0x80 ? 3 : 4) : 1;
  return {reinterpret_cast<const char*>(out.data()) + at, size - at};
}

std::string decoded(std::string_view bytes) {
  std::string out(huffman_room(bytes.size()), '\0');
  const auto size = decode_huffman(bytes, out.data());
  out.resize(size.value_or(0));
  return size ? out : "unreadable";
}

// Short codes make a text worth coding; among them stand those of any length, at every place in a word.
TEST(Huffman, ReadsEverySymbolAtEveryPlace) {
  std::mt19937 chance(7);
  std::size_t compared = 0;
  for (int symbol = 0; symbol < 256; ++symbol) {
    for (std::size_t before = 0; before < 40; ++before) {
      std::string text;
      for (std::size_t i = 0; i < before + 30; ++i) {
        text += "0123456789abcdeiost "[chance() % 20];
      }
      text.insert(before, std::string(1 + chance() % 2, static_cast<char>(symbol)));
      const std::string bytes = coded(text);
      if (!bytes.empty()) {
        ASSERT_EQ(decoded(bytes), text) << symbol << " after " << before;
        ++compared;
      }
    }
  }
  EXPECT_GT(compared, 10'000U);
}

TEST(Huffman, ReadsManyLongCodesInARow) {
  for (std::size_t count = 1; count < 12; ++count) {
    std::string text;
    for (std::size_t i = 0; i < count; ++i) {
      text += "\xC3\x01\\";
      text += std::string(80, 'a');
    }
    const std::string bytes = coded(text);
    ASSERT_FALSE(bytes.empty());
    EXPECT_EQ(decoded(bytes), text);
  }
}

TEST(Huffman, RefusesWrongPadding) {
  EXPECT_EQ(decoded(""), "");
  EXPECT_EQ(decoded("\x1f"), "a");               // 00011, then three ones
  EXPECT_EQ(decoded("\x1e"), "unreadable");      // a zero in the padding
  EXPECT_EQ(decoded("\x1f\xff"), "unreadable");  // a byte of padding
  EXPECT_EQ(decoded("\xff"), "unreadable");
  EXPECT_EQ(decoded(std::string(20, '\xff')), "unreadable");
}

}  // namespace
}  // namespace cachewitness::http::h2
