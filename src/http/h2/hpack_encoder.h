// HpackEncoder: fields of a request as a header block (RFC 7541). Names come as numbers of the static table or as text.
// Keeps what the peer has in its table in mind, as far as it was told to index it. Sans-I/O. No Huffman code: see
// huffman.h.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace cachewitness::http::h2 {

// Numbers of the static table (RFC 7541 appendix A) that a request uses.
namespace static_index {
constexpr std::uint8_t authority = 1;
constexpr std::uint8_t method_get = 2;
constexpr std::uint8_t path = 4;
constexpr std::uint8_t scheme_http = 6;
constexpr std::uint8_t scheme_https = 7;
constexpr std::uint8_t accept = 19;
constexpr std::uint8_t user_agent = 58;
}  // namespace static_index

class HpackEncoder {
 public:
  // A new connection: the peer's table is empty and has 4096 bytes.
  void start();
  // The peer's SETTINGS_HEADER_TABLE_SIZE. Takes effect with the next block.
  void limit_table(std::uint32_t bytes);

  // Before the fields of each block: says that the table has another size, where it has (RFC 7541 4.2).
  void begin_block(std::string& out);
  // A field that stands in the static table, value and all.
  static void append_static(std::uint8_t index, std::string& out) { out.push_back(static_cast<char>(0x80 | index)); }
  // One byte or two where the peer has it already; else it is put into the peer's table.
  void append_indexed(std::uint8_t name_index, std::string_view value, std::string& out);
  // In full, and into nobody's table.
  static void append_literal(std::uint8_t name_index, std::string_view value, std::string& out);
  // RFC 7541 7.1.3: in full on every hop, because the value may be a secret. The name is written in lower case
  // (RFC 9113 8.2.1), and the value without the white space around it.
  static void append_never_indexed(std::string_view name, std::string_view value, std::string& out);

 private:
  struct Sent {
    std::uint8_t name_index = 0;
    std::string value;
    std::uint64_t nth = 0;     // counts insertions from 1; 0 = none
    std::uint64_t before = 0;  // bytes inserted before it
  };

  [[nodiscard]] bool is_alive(const Sent& sent) const;

  static constexpr std::size_t remembered = 8;  // user-agent, accept, and the newest authorities
  std::array<Sent, remembered> sent_{};
  std::uint32_t limit_ = 4096;
  bool has_resized_ = false;
  std::uint64_t inserted_ = 0;
  std::uint64_t inserted_bytes_ = 0;
};

}  // namespace cachewitness::http::h2
