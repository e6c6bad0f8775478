#include "http/h2/huffman.h"

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
struct Bits {
  std::uint64_t word = 0;
  unsigned count = 0;

  void drop(unsigned bits) {
    word <<= bits;
    count -= bits;
  }
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

// What is left in the last word: whole symbols, then fewer than 8 ones.
bool take_tail(Bits bits, char*& out) {
  for (;;) {
    const char first = steps[bits.word >> (64 - step_bits)].text[0];
    const unsigned first_bits = code_bits[static_cast<unsigned char>(first)];
    if (first_bits <= step_bits && first_bits <= bits.count) {
      *out++ = first;
      bits.drop(first_bits);
      continue;
    }
    if (bits.count < 8 && (bits.count == 0 || ~bits.word >> (64 - bits.count) == 0)) {
      return true;
    }
    const Symbol symbol = first_symbol(bits.word, step_bits + 1, max_code_bits);
    if (symbol.bits == 0 || symbol.bits > bits.count || symbol.value == end_of_string) {
      return false;
    }
    *out++ = static_cast<char>(symbol.value);
    bits.drop(symbol.bits);
  }
}

}  // namespace

std::optional<std::size_t> decode_huffman(std::string_view coded, char* out) {
  const char* at = coded.data();
  const char* const end = at + coded.size();
  char* const begin = out;
  Bits bits;
  while (end - at >= 8) {
    std::uint64_t next = 0;
    std::memcpy(&next, at, sizeof next);
    next = std::endian::native == std::endian::little ? __builtin_bswap64(next) : next;
    bits.word |= next >> bits.count;  // bits.count < 64: the steps below have taken some
    const unsigned bytes =
        (64 - bits.count) / 8;  // so many came in whole; the bits beyond come again, and are the same
    at += bytes;
    bits.count += bytes * 8;
    Taken taken = Taken::step;
    for (unsigned i = 0; i < steps_a_word && taken == Taken::step; ++i) {
      taken = take_step(bits, out);
    }
    if (taken == Taken::defect) {
      return std::nullopt;
    }
  }
  for (;;) {
    while (at < end && bits.count <= 56) {
      bits.word |= std::uint64_t{static_cast<unsigned char>(*at++)} << (56 - bits.count);
      bits.count += 8;
    }
    if (bits.count < max_code_bits) {
      break;
    }
    if (take_step(bits, out) == Taken::defect) {
      return std::nullopt;
    }
  }
  return take_tail(bits, out) ? std::optional(static_cast<std::size_t>(out - begin)) : std::nullopt;
}

}  // namespace cachewitness::http::h2
