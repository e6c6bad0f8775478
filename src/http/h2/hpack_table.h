// The tables of HPACK (RFC 7541 2.3): fields that an index stands for. A field is kept as the line that it is written
// as into a head, "name: value\r\n", together with all that was ever checked about it: an index costs one copy.
// Sans-I/O.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "http/h2/field_kind.h"

namespace cachewitness::http::h2 {

// The line itself stands elsewhere. `line` is of no use once the table has changed.
struct TableEntry {
  const char* line = nullptr;
  std::uint32_t name_size = 0;
  std::uint32_t value_size = 0;
  FieldKind kind = FieldKind::ordinary;
  FieldDefect name_defect = FieldDefect::none;
  FieldDefect value_defect = FieldDefect::none;

  [[nodiscard]] std::size_t line_size() const { return std::size_t{name_size} + value_size + 4; }
  // RFC 7541 4.1.
  [[nodiscard]] std::size_t table_size() const { return std::size_t{name_size} + value_size + 32; }
  [[nodiscard]] std::string_view name() const { return {line, name_size}; }
  [[nodiscard]] std::string_view value() const { return {line + name_size + 2, value_size}; }
};

constexpr std::size_t static_entries = 61;
// RFC 7541 appendix A; the first one is number 1, and stands at 0.
[[nodiscard]] const std::array<TableEntry, static_entries>& static_table();

// RFC 7541 2.3.2. Allocates when it is made and never again.
class DynamicTable {
 public:
  explicit DynamicTable(std::size_t max_bytes);

  void start();
  // RFC 7541 4.2, 4.3. Requires: bytes <= max_bytes().
  void resize(std::size_t bytes);
  [[nodiscard]] std::size_t max_bytes() const { return max_bytes_; }
  [[nodiscard]] std::size_t bytes() const { return bytes_; }
  [[nodiscard]] std::size_t size() const { return count_; }
  // 0 is the newest. Requires: nth < size().
  [[nodiscard]] const TableEntry& at(std::size_t nth) const { return entries_[(newest_ - nth) & mask_]; }
  // Copies the line. One that is larger than the table empties it (RFC 7541 4.4).
  void insert(const TableEntry& entry);

 private:
  void evict(std::size_t target);

  std::size_t max_bytes_;
  std::size_t limit_;
  std::size_t bytes_ = 0;
  std::size_t count_ = 0;
  std::size_t newest_ = 0;
  std::size_t mask_;
  std::vector<TableEntry> entries_;  // a ring
  std::vector<char> lines_;          // a ring too, in which no line is ever split: twice as large as what lives in it
  std::size_t next_line_ = 0;
};

}  // namespace cachewitness::http::h2
