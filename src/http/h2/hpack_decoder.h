// HpackDecoder: header blocks in, lines of text out (RFC 7541). One for a connection, and it must see every block of
// it. What a field means is the reader's business (response_head.h); here it is only written down, in one pass and one
// copy. Hostile peers: output beyond a limit is dropped while the table is still kept in step, so that a head that is
// too large costs one exchange and not the connection. Allocates only where a head is the largest one so far.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "http/h2/field_kind.h"
#include "http/h2/hpack_table.h"
#include "http/h2/literal_memo.h"
#include "http/head.h"

namespace cachewitness::http::h2 {

// Each is a connection error COMPRESSION_ERROR (RFC 9113 4.3).
enum class HpackDefect : std::uint8_t {
  truncated,
  bad_integer,       // RFC 7541 5.1: larger than anything it could count
  bad_index,         // RFC 7541 2.3.3
  bad_huffman_code,  // RFC 7541 5.2
  bad_table_size,    // RFC 7541 6.3: above our limit, or not at the beginning of a block
};
[[nodiscard]] std::string_view name(HpackDefect defect);

// One line of the text: "name: value\r\n".
struct FieldLine {
  std::uint32_t at = 0;
  std::uint32_t name_size = 0;
  std::uint32_t value_size = 0;
  FieldKind kind = FieldKind::ordinary;
  FieldDefect defect = FieldDefect::none;

  [[nodiscard]] std::string_view name(std::string_view text) const { return text.substr(at, name_size); }
  [[nodiscard]] std::string_view value(std::string_view text) const {
    return text.substr(at + name_size + 2, value_size);
  }
};

class HpackDecoder {
 public:
  // `table_bytes` is what our SETTINGS_HEADER_TABLE_SIZE says.
  explicit HpackDecoder(const HeadLimits& limits, std::size_t table_bytes = 4096);

  // A new connection.
  void start();
  // One whole block. After a defect the decoder must not be used until start().
  std::expected<void, HpackDefect> decode(std::string_view block);

  // Of the last block, until the next one. Nothing where it was too large.
  [[nodiscard]] std::string_view text() const { return {text_.get(), size_}; }
  [[nodiscard]] std::span<const FieldLine> lines() const { return lines_; }
  // It was over one of the limits.
  [[nodiscard]] bool is_too_large() const { return is_too_large_; }
  [[nodiscard]] std::size_t table_bytes() const { return table_.bytes(); }

 private:
  struct Input;
  enum class Indexing : std::uint8_t { insert, none };

  [[nodiscard]] const TableEntry* find(std::uint32_t index) const;
  std::expected<void, HpackDefect> decode_indexed(Input& input);
  std::expected<void, HpackDefect> decode_literal(Input& input, unsigned prefix_bits, Indexing indexing);
  std::expected<void, HpackDefect> decode_field(Input& input, std::uint32_t name_index, TableEntry& out);
  std::expected<void, HpackDefect> resize_table(Input& input);
  std::expected<std::string_view, HpackDefect> decode_string(Input& input);
  void copy_line(const TableEntry& entry);
  void finish_line(const TableEntry& entry);
  void reserve(std::size_t bytes);
  void grow(std::size_t needed);

  HeadLimits limits_;
  DynamicTable table_;
  LiteralMemo memo_;
  std::unique_ptr<char[]> text_;
  std::size_t capacity_ = 0;
  std::size_t size_ = 0;
  std::vector<FieldLine> lines_;
  bool is_too_large_ = false;
};

}  // namespace cachewitness::http::h2
