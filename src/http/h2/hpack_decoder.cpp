#include "http/h2/hpack_decoder.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "http/h2/huffman.h"

namespace cachewitness::http::h2 {

namespace {

constexpr std::array<std::string_view, 5> defect_names{"truncated", "bad-integer", "bad-index", "bad-huffman-code",
                                                       "bad-table-size"};

constexpr std::size_t first_capacity = 4096;
constexpr std::size_t punctuation = 4;  // ": " and the end of a line

}  // namespace

std::string_view name(HpackDefect defect) { return defect_names.at(static_cast<std::size_t>(defect)); }

struct HpackDecoder::Input {
  const unsigned char* at;
  const unsigned char* end;

  [[nodiscard]] std::size_t left() const { return static_cast<std::size_t>(end - at); }

  // RFC 7541 5.1. What does not fit into 32 bits counts nothing that there is.
  std::expected<std::uint32_t, HpackDefect> integer(unsigned prefix_bits) {
    if (at == end) {
      return std::unexpected(HpackDefect::truncated);
    }
    const std::uint32_t mask = (1U << prefix_bits) - 1;
    const std::uint32_t prefix = *at++ & mask;
    return prefix < mask ? std::expected<std::uint32_t, HpackDefect>(prefix) : long_integer(mask);
  }

  struct String {
    std::string_view bytes;
    bool is_coded = false;
  };

  // RFC 7541 5.2.
  std::expected<String, HpackDefect> string() {
    const bool is_coded = at != end && (*at & 0x80) != 0;
    const auto length = integer(7);
    if (!length || *length > left()) {
      return std::unexpected(length ? HpackDefect::truncated : length.error());
    }
    const std::string_view bytes(reinterpret_cast<const char*>(at), *length);
    at += *length;
    return String{bytes, is_coded};
  }

  std::expected<std::uint32_t, HpackDefect> long_integer(std::uint64_t value) {
    for (unsigned shift = 0; shift < 35; shift += 7) {
      if (at == end) {
        return std::unexpected(HpackDefect::truncated);
      }
      const unsigned char byte = *at++;
      value += std::uint64_t{byte & 0x7FU} << shift;
      if (byte < 0x80) {
        break;
      }
      if (shift == 28) {
        return std::unexpected(HpackDefect::bad_integer);
      }
    }
    constexpr std::uint64_t largest = 0xFFFFFFFF;
    if (value > largest) {
      return std::unexpected(HpackDefect::bad_integer);
    }
    return static_cast<std::uint32_t>(value);
  }
};

// Room for so many bytes more, and for what ends a name and a line.
inline void HpackDecoder::reserve(std::size_t bytes) {
  const std::size_t needed = size_ + bytes + punctuation;
  if (needed > capacity_) [[unlikely]] {
    grow(needed);
  }
}

HpackDecoder::HpackDecoder(const HeadLimits& limits, std::size_t table_bytes) : limits_(limits), table_(table_bytes) {}

void HpackDecoder::start() { table_.start(); }

std::expected<void, HpackDefect> HpackDecoder::decode(std::string_view block) {
  size_ = 0;
  lines_.clear();
  is_too_large_ = false;
  const auto* const bytes = reinterpret_cast<const unsigned char*>(block.data());
  Input input{bytes, bytes + block.size()};
  bool may_resize = true;
  std::expected<void, HpackDefect> done;
  while (done && input.at != input.end) {
    const unsigned char first = *input.at;
    if ((first & 0x80) != 0) {
      done = decode_indexed(input);
    } else if ((first & 0x40) != 0) {
      done = decode_literal(input, 6, Indexing::insert);
    } else if ((first & 0x20) == 0) {
      done = decode_literal(input, 4, Indexing::none);
    } else {
      done = may_resize ? resize_table(input) : std::unexpected(HpackDefect::bad_table_size);
      continue;
    }
    may_resize = false;
  }
  return done;
}

const TableEntry* HpackDecoder::find(std::uint32_t index) const {
  if (index == 0) {
    return nullptr;
  }
  if (index <= static_entries) {
    return &static_table()[index - 1];
  }
  const std::size_t nth = index - static_entries - 1;
  return nth < table_.size() ? &table_.at(nth) : nullptr;
}

std::expected<void, HpackDefect> HpackDecoder::decode_indexed(Input& input) {
  const auto index = input.integer(7);
  const TableEntry* entry = index ? find(*index) : nullptr;
  if (entry == nullptr) {
    return std::unexpected(index ? HpackDefect::bad_index : index.error());
  }
  if (!is_too_large_) {
    copy_line(*entry);
    finish_line(*entry);
  }
  return {};
}

std::expected<void, HpackDefect> HpackDecoder::decode_literal(Input& input, unsigned prefix_bits, Indexing indexing) {
  const unsigned char* const begin = input.at;
  const auto index = input.integer(prefix_bits);
  if (!index) {
    return std::unexpected(index.error());
  }
  std::string_view literal;
  if (*index <= static_entries) {
    Input ahead = input;
    if ((*index != 0 || ahead.string()) && ahead.string()) {
      literal = {reinterpret_cast<const char*>(begin), static_cast<std::size_t>(ahead.at - begin)};
    }
  }
  const bool may_be_known = LiteralMemo::takes(literal.size());
  const TableEntry* entry = may_be_known ? memo_.find(literal) : nullptr;
  TableEntry decoded;
  if (entry != nullptr) {
    input.at = begin + literal.size();
    copy_line(*entry);
  } else {
    const auto done = decode_field(input, *index, decoded);
    if (!done) {
      return done;
    }
    if (may_be_known) {
      memo_.keep(literal, decoded);
    }
    entry = &decoded;
  }
  if (indexing == Indexing::insert) {
    table_.insert(*entry);
  }
  finish_line(*entry);
  return {};
}

// Appends its line to the text.
std::expected<void, HpackDefect> HpackDecoder::decode_field(Input& input, std::uint32_t name_index, TableEntry& out) {
  const std::size_t begin = size_;
  if (name_index != 0) {
    const TableEntry* named = find(name_index);
    if (named == nullptr) {
      return std::unexpected(HpackDefect::bad_index);
    }
    out = *named;
    reserve(out.name_size);
    std::memcpy(text_.get() + size_, out.line, out.name_size);
    size_ += out.name_size;
  } else {
    const auto text = decode_string(input);
    if (!text) {
      return std::unexpected(text.error());
    }
    out.name_size = static_cast<std::uint32_t>(text->size());
    out.kind = kind_of(*text);
    out.name_defect = check_name(*text);
  }
  text_[size_++] = ':';
  text_[size_++] = ' ';
  const auto value = decode_string(input);
  if (!value) {
    return std::unexpected(value.error());
  }
  out.value_size = static_cast<std::uint32_t>(value->size());
  out.value_defect = check_value(*value);
  text_[size_++] = '\r';
  text_[size_++] = '\n';
  out.line = text_.get() + begin;
  return {};
}

std::expected<void, HpackDefect> HpackDecoder::resize_table(Input& input) {
  const auto bytes = input.integer(5);
  if (!bytes) {
    return std::unexpected(bytes.error());
  }
  if (*bytes > table_.max_bytes()) {
    return std::unexpected(HpackDefect::bad_table_size);
  }
  table_.resize(*bytes);
  return {};
}

// Appends it to the text.
std::expected<std::string_view, HpackDefect> HpackDecoder::decode_string(Input& input) {
  const auto string = input.string();
  if (!string) {
    return std::unexpected(string.error());
  }
  std::size_t size = string->bytes.size();
  if (string->is_coded) {
    reserve(huffman_room(size));
    const auto decoded = decode_huffman(string->bytes, text_.get() + size_);
    if (!decoded) {
      return std::unexpected(HpackDefect::bad_huffman_code);
    }
    size = *decoded;
  } else {
    reserve(size);
    std::memcpy(text_.get() + size_, string->bytes.data(), size);
  }
  size_ += size;
  return std::string_view(text_.get() + size_ - size, size);
}

void HpackDecoder::copy_line(const TableEntry& entry) {
  const std::size_t size = entry.line_size();
  reserve(size);
  std::memcpy(text_.get() + size_, entry.line, size);
  size_ += size;
}

// The line is the end of the text.
void HpackDecoder::finish_line(const TableEntry& entry) {
  is_too_large_ = is_too_large_ || lines_.size() == limits_.fields || entry.value_size > limits_.value_bytes ||
                  size_ > limits_.head_bytes;
  if (is_too_large_) {  // from now on each line is written over the one before
    lines_.clear();
    size_ = 0;
    return;
  }
  const FieldDefect defect = entry.name_defect != FieldDefect::none ? entry.name_defect : entry.value_defect;
  const auto begin = static_cast<std::uint32_t>(size_ - entry.line_size());
  lines_.push_back({begin, entry.name_size, entry.value_size, entry.kind, defect});
}

void HpackDecoder::grow(std::size_t needed) {
  capacity_ = std::max({needed, 2 * capacity_, first_capacity});
  auto larger = std::make_unique_for_overwrite<char[]>(capacity_);
  if (size_ > 0) {
    std::memcpy(larger.get(), text_.get(), size_);
  }
  text_ = std::move(larger);
}

}  // namespace cachewitness::http::h2
