// CSV (RFC 4180) as a stream: bytes in, records out, in chunks of any size. Knows nothing of columns.
// A bad record is told and left out; what follows is still read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cachewitness::manifest {

inline constexpr std::size_t max_record_bytes = std::size_t{64} << 10;

class CsvRecords {
 public:
  // Views live for the call. `line` is where the record starts.
  using Take = std::function<void(std::span<const std::string_view> fields, std::uint32_t line)>;
  using Fault = std::function<void(std::string message, std::uint32_t line)>;

  CsvRecords(Take take, Fault fault) : take_(std::move(take)), fault_(std::move(fault)) {}

  void feed(std::string_view chunk);
  void finish();

 private:
  enum class State : std::uint8_t { field_start, plain, quoted, quote_in_quoted, carriage_return, skipping };

  [[nodiscard]] std::size_t skip_byte_order_mark(std::string_view chunk);
  std::size_t take_run(std::string_view rest);
  void step(char c);
  void step_quote_in_quoted(char c);
  void end_field();
  void end_record();
  void refuse(std::string message);

  Take take_;
  Fault fault_;
  State state_ = State::field_start;
  std::string bytes_;              // of the record so far, quotes removed
  std::vector<std::size_t> ends_;  // of its fields in bytes_
  std::vector<std::string_view> fields_;
  std::uint32_t line_ = 1;
  std::uint32_t record_line_ = 1;
  std::size_t mark_seen_ = 0;  // bytes of the byte-order mark; 3 = no longer looked for
  bool has_quotes_ = false;    // an empty line is no record, but "" is
};

}  // namespace cachewitness::manifest
