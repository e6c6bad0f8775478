#include "http/h2/huffman.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>

namespace cachewitness::http::h2 {

namespace {

constexpr std::size_t symbol_count = 257;
constexpr std::size_t end_of_string = 256;
constexpr unsigned max_code_bits = 30;
// One look-up reads so many bits and mostly finds two symbols in them. The table is 16 KiB: it stays in the cache.
constexpr unsigned step_bits = 12;
constexpr unsigned steps_a_word = 4;  // of 56 bits, which a word holds at least once it is filled

// RFC 7541 appendix B. The code is canonical: the lengths say it all.
constexpr std::array<std::uint8_t, symbol_count> code_bits{
    13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28, 28, 28,
    28, 28, 28, 6,  10, 10, 12, 13, 6,  8,  11, 10, 10, 8,  11, 8,  6,  6,  6,  5,  5,  5,  6,  6,  6,  6,  6,  6,  6,
    7,  8,  15, 6,  12, 10, 13, 6,  7,  7,  7,  7,  7,  7,  7,  7,  7,  7,  7,  7,  7,  7,  7,  7,  7,  7,  7,  7,  7,
    7,  8,  7,  8,  13, 19, 13, 14, 6,  15, 5,  6,  5,  6,  5,  6,  6,  6,  5,  7,  7,  6,  6,  6,  5,  6,  7,  6,  5,
    5,  6,  7,  7,  7,  7,  7,  15, 11, 14, 13, 28, 20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23, 24,
    24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24, 22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22,
    23, 23, 21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23, 26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26,
    27, 27, 26, 24, 25, 19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27, 20, 24, 20, 21, 22, 21, 21, 23,
    22, 22, 25, 25, 24, 24, 26, 23, 26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26, 30};

// Symbols in the order of their codes, and where in it each length begins.
struct Canonical {
  std::array<std::uint16_t, symbol_count> ordered{};
  std::array<std::uint32_t, max_code_bits + 2> first_code{};
  std::array<std::uint32_t, max_code_bits + 2> first_place{};
};

constexpr Canonical make_canonical() {
  Canonical code;
  std::uint32_t next = 0;
  std::uint32_t place = 0;
  for (unsigned bits = 1; bits <= max_code_bits; ++bits) {
    next <<= 1;
    code.first_code[bits] = next;
    code.first_place[bits] = place;
    for (std::size_t symbol = 0; symbol < symbol_count; ++symbol) {
      if (code_bits[symbol] == bits) {
        code.ordered[place++] = static_cast<std::uint16_t>(symbol);
        ++next;
      }
    }
  }
  code.first_place[max_code_bits + 1] = place;
  return code;
}

constexpr Canonical canonical = make_canonical();

struct Symbol {
  std::uint16_t value = 0;
  unsigned bits = 0;  // 0: none in so few bits
};

// The first symbol of `word`, whose first bit is its highest.
constexpr Symbol first_symbol(std::uint64_t word, unsigned from_bits, unsigned most_bits) {
  for (unsigned bits = from_bits; bits <= most_bits; ++bits) {
    const auto code = static_cast<std::uint32_t>(word >> (64 - bits));
    const std::uint32_t count = canonical.first_place[bits + 1] - canonical.first_place[bits];
    const std::uint32_t nth = code - canonical.first_code[bits];
    if (code >= canonical.first_code[bits] && nth < count) {
      return {canonical.ordered[canonical.first_place[bits] + nth], bits};
    }
  }
  return {};
}

// What `step_bits` bits begin with: two symbols, one, or none where its code is longer.
struct Step {
  std::array<char, 2> text{};
  std::uint8_t count = 0;
  std::uint8_t bits = 0;
};

constexpr std::array<Step, std::size_t{1} << step_bits> make_steps() {
  std::array<Step, std::size_t{1} << step_bits> steps{};
  for (std::size_t i = 0; i < steps.size(); ++i) {
    Step& step = steps[i];
    std::uint64_t word = std::uint64_t{i} << (64 - step_bits);
    for (unsigned left = step_bits; step.count < 2;) {
      const Symbol symbol = first_symbol(word, 5, left);
      if (symbol.bits == 0) {
        break;
      }
      step.text[step.count++] = static_cast<char>(symbol.value);
      step.bits = static_cast<std::uint8_t>(step.bits + symbol.bits);
      left -= symbol.bits;
      word <<= symbol.bits;
    }
  }
  return steps;
}

constexpr auto steps = make_steps();

// Bits as they come, the next one highest.
class Bits {
 public:
  explicit Bits(std::string_view coded) : begin_(coded.data()), at_(begin_), end_(begin_ + coded.size()) {}

  std::uint64_t word = 0;
  unsigned count = 0;

  void drop(unsigned bits) {
    word <<= bits;
    count -= bits;
  }
  // More than 56 of them, or all that are left. Requires: count < 64.
  void fill() {
    const auto left = static_cast<std::size_t>(end_ - at_);
    if (left == 0) {
      return;
    }
    word |= next_eight(left) >> count;
    const unsigned bytes = std::min<unsigned>((64 - count) / 8, static_cast<unsigned>(std::min<std::size_t>(left, 8)));
    at_ += bytes;  // what came of a byte beyond them comes again, and is the same
    count += bytes * 8;
  }

 private:
  // Zeros stand where there are fewer.
  [[nodiscard]] std::uint64_t next_eight(std::size_t left) const {
    constexpr std::size_t word_bytes = 8;
    if (left >= word_bytes) {
      return big_endian(at_);
    }
    if (end_ - begin_ >= static_cast<std::ptrdiff_t>(word_bytes)) {
      return big_endian(end_ - word_bytes) << (8 * (word_bytes - left));
    }
    std::array<char, word_bytes> padded{};
    std::memcpy(padded.data(), at_, left);
    return big_endian(padded.data());
  }
  static std::uint64_t big_endian(const char* bytes) {
    std::uint64_t value = 0;
    std::memcpy(&value, bytes, sizeof value);
    return std::endian::native == std::endian::little ? __builtin_bswap64(value) : value;
  }

  const char* begin_;
  const char* at_;
  const char* end_;
};

enum class Taken : std::uint8_t { step, more_is_due, defect };

// Writes one or two symbols. Requires: step_bits bits. Around a longer code, which takes more bits than a step does, or
// than there are, more bits must come before the next step.
inline Taken take_step(Bits& bits, char*& out) {
  const Step step = steps[bits.word >> (64 - step_bits)];
  std::memcpy(out, step.text.data(), step.text.size());
  out += step.count;
  bits.drop(step.bits);
  if (step.count != 0) [[likely]] {
    return Taken::step;
  }
  if (bits.count < max_code_bits) {
    return Taken::more_is_due;
  }
  const Symbol symbol = first_symbol(bits.word, step_bits + 1, max_code_bits);
  if (symbol.bits == 0 || symbol.value == end_of_string) {
    return Taken::defect;
  }
  *out++ = static_cast<char>(symbol.value);
  bits.drop(symbol.bits);
  return Taken::more_is_due;
}

// What is left in the last word: whole symbols, then fewer than 8 ones, in which no symbol fits.
bool take_tail(Bits& bits, char*& out) {
  for (;;) {
    const Step step = steps[bits.word >> (64 - step_bits)];
    const unsigned first_bits = code_bits[static_cast<unsigned char>(step.text[0])];
    if (step.count != 0 && step.bits <= bits.count) {
      std::memcpy(out, step.text.data(), step.text.size());
      out += step.count;
      bits.drop(step.bits);
    } else if (step.count != 0 && first_bits <= bits.count) {
      *out++ = step.text[0];
      bits.drop(first_bits);
    } else if (bits.count < 8 && (bits.count == 0 || ~bits.word >> (64 - bits.count) == 0)) {
      return true;
    } else {
      const Symbol symbol = first_symbol(bits.word, step_bits + 1, max_code_bits);
      if (symbol.bits == 0 || symbol.bits > bits.count || symbol.value == end_of_string) {
        return false;
      }
      *out++ = static_cast<char>(symbol.value);
      bits.drop(symbol.bits);
    }
  }
}

}  // namespace

std::optional<std::size_t> decode_huffman(std::string_view coded, char* out) {
  char* const begin = out;
  Bits bits(coded);
  for (bits.fill(); bits.count > 56; bits.fill()) {
    Taken taken = Taken::step;
    for (unsigned i = 0; i < steps_a_word && taken == Taken::step; ++i) {
      taken = take_step(bits, out);
    }
    if (taken == Taken::defect) {
      return std::nullopt;
    }
  }
  return take_tail(bits, out) ? std::optional(static_cast<std::size_t>(out - begin)) : std::nullopt;
}

}  // namespace cachewitness::http::h2
