#include "http/h2/hpack_encoder.h"

#include <algorithm>

#include "base/text.h"

namespace cachewitness::http::h2 {

namespace {

constexpr std::uint32_t default_limit = 4096;  // RFC 9113 6.5.2
constexpr std::uint32_t first_dynamic = 62;    // RFC 7541 2.3.3
constexpr std::size_t entry_overhead = 32;     // RFC 7541 4.1

// RFC 7541 5.1.
void append_integer(unsigned char flags, unsigned prefix_bits, std::size_t value, std::string& out) {
  const std::size_t mask = (std::size_t{1} << prefix_bits) - 1;
  if (value < mask) {
    out.push_back(static_cast<char>(flags | value));
    return;
  }
  out.push_back(static_cast<char>(flags | mask));
  for (value -= mask; value >= 0x80; value >>= 7) {
    out.push_back(static_cast<char>(0x80 | (value & 0x7F)));
  }
  out.push_back(static_cast<char>(value));
}

void append_string(std::string_view text, std::string& out) {
  append_integer(0, 7, text.size(), out);
  out.append(text);
}

}  // namespace

void HpackEncoder::start() {
  limit_ = default_limit;
  has_resized_ = false;
  inserted_ = 0;
  inserted_bytes_ = 0;
  for (Sent& sent : sent_) {
    sent.nth = 0;
  }
}

void HpackEncoder::limit_table(std::uint32_t bytes) {
  // A larger table than the default is of no use to so few fields.
  bytes = std::min(bytes, default_limit);
  if (bytes == limit_) {
    return;
  }
  has_resized_ = true;
  limit_ = bytes;
  for (Sent& sent : sent_) {
    sent.nth = 0;
  }
}

void HpackEncoder::begin_block(std::string& out) {
  if (has_resized_) {
    append_integer(0x20, 5, 0, out);  // empties the table, whatever the smallest size on the way was
    append_integer(0x20, 5, limit_, out);
    has_resized_ = false;
  }
}

// Entries are evicted oldest first (RFC 7541 4.3), so one is there as long as it and all newer ones fit.
bool HpackEncoder::is_alive(const Sent& sent) const { return sent.nth != 0 && inserted_bytes_ - sent.before <= limit_; }

void HpackEncoder::append_indexed(std::uint8_t name_index, std::string_view value, std::string& out) {
  Sent* oldest = sent_.data();
  for (Sent& sent : sent_) {
    if (sent.name_index == name_index && sent.value == value && is_alive(sent)) {
      return append_integer(0x80, 7, first_dynamic + (inserted_ - sent.nth), out);
    }
    oldest = sent.nth < oldest->nth ? &sent : oldest;
  }
  // No name that we index is longer, and a table that is thought fuller than it is does no harm.
  const std::size_t bytes = value.size() + entry_overhead + std::string_view(":authority").size();
  if (bytes > limit_) {
    return append_literal(name_index, value, out);
  }
  append_integer(0x40, 6, name_index, out);
  append_string(value, out);
  oldest->name_index = name_index;
  oldest->value.assign(value);
  oldest->nth = ++inserted_;
  oldest->before = inserted_bytes_;
  inserted_bytes_ += bytes;
}

void HpackEncoder::append_literal(std::uint8_t name_index, std::string_view value, std::string& out) {
  append_integer(0, 4, name_index, out);
  append_string(value, out);
}

void HpackEncoder::append_never_indexed(std::string_view name, std::string_view value, std::string& out) {
  out.push_back(0x10);
  append_integer(0, 7, name.size(), out);
  for (const char c : name) {
    out.push_back(c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c);
  }
  append_string(base::trim(value), out);
}

}  // namespace cachewitness::http::h2
