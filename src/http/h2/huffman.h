// The Huffman code of HPACK (RFC 7541 5.2 and appendix B), read several bits at a time. Sans-I/O. There is no
// encoder: what a probe asks is short, and its bytes cost less than the coding of them.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace cachewitness::http::h2 {

// Room that decode_huffman() needs: the shortest code has 5 bits, and the decoder writes a little past its end.
[[nodiscard]] constexpr std::size_t huffman_room(std::size_t coded_bytes) { return coded_bytes * 8 / 5 + 8; }

// Writes the text to `out`, which has huffman_room(coded.size()) bytes, and returns its size. Nothing where the
// padding is not the shortest one of ones, or the end-of-string symbol occurs: errors, says RFC 7541 5.2.
[[nodiscard]] std::optional<std::size_t> decode_huffman(std::string_view coded, char* out);

}  // namespace cachewitness::http::h2
