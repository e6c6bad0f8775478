#include "http/h2/literal_memo.h"

#include <bit>
#include <cstring>

namespace cachewitness::http::h2 {

namespace {

std::uint64_t eight_bytes(const char* at) {
  std::uint64_t bytes = 0;
  std::memcpy(&bytes, at, sizeof bytes);
  return bytes;
}

// Two that differ may have the same one: the bytes are compared.
std::uint64_t hash(std::string_view literal) {
  const char* const begin = literal.data();
  const std::uint64_t mixed = eight_bytes(begin) ^ std::rotl(eight_bytes(begin + literal.size() / 2 - 4), 21) ^
                              std::rotl(eight_bytes(begin + literal.size() - 8), 42) ^ literal.size();
  return mixed * 0x9E3779B97F4A7C15U;
}

}  // namespace

const TableEntry* LiteralMemo::find(std::string_view literal) {
  hash_ = hash(literal);
  Set& set = sets_[hash_ >> 59];
  for (std::uint32_t way = 0; way < set.known.size(); ++way) {
    Known& known = set.known[way];
    if (known.size == literal.size() && std::memcmp(known.literal.data(), literal.data(), literal.size()) == 0) {
      set.newest = way;
      known.entry.line = known.line.data();
      return &known.entry;
    }
  }
  return nullptr;
}

void LiteralMemo::keep(std::string_view literal, const TableEntry& entry) {
  if (entry.line_size() > max_line_bytes) {
    return;
  }
  const auto tag = static_cast<std::uint16_t>(hash_ >> 32);
  std::uint16_t& seen = seen_[hash_ >> 51 & (tags - 1)];
  if (seen != tag) {
    seen = tag;
    return;
  }
  Set& set = sets_[hash_ >> 59];
  set.newest = 1 - set.newest;
  Known& known = set.known[set.newest];
  known.size = static_cast<std::uint32_t>(literal.size());
  known.entry = entry;
  std::memcpy(known.literal.data(), literal.data(), literal.size());
  std::memcpy(known.line.data(), entry.line, entry.line_size());
}

}  // namespace cachewitness::http::h2
