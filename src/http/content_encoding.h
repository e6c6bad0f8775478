// Content-Encoding (RFC 9110 8.4): which codings a body was put through.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace cachewitness::http {

// RFC 9110 8.4.1, RFC 7932 and RFC 8878. "compress" is not among them: nobody sends it, and a body that says so
// counts as one of an unknown coding.
enum class Coding : std::uint8_t { gzip, deflate, brotli, zstd };
// The coding of that registered name, whatever its case; "x-gzip" is "gzip" (RFC 9110 8.4.1.3).
[[nodiscard]] std::optional<Coding> find_coding(std::string_view name);
[[nodiscard]] std::string_view name(Coding coding);

class ContentEncoding {
 public:
  static constexpr std::size_t max_codings = 4;  // more than anyone needs

  enum class Defect : std::uint8_t { none, unknown_coding, too_many };

  // `value` is the field joined over its lines, and outlives it. Members "identity" and empty ones say nothing.
  explicit ContentEncoding(std::string_view value);

  // The outermost first: RFC 9110 8.4 lists them in the order in which they were applied. Of a value with a defect,
  // those outside of it.
  [[nodiscard]] std::span<const Coding> codings() const { return {codings_.data(), count_}; }
  [[nodiscard]] Defect defect() const { return defect_; }
  // The coding that is not known, as it was written.
  [[nodiscard]] std::string_view unknown() const { return unknown_; }

 private:
  void add(std::string_view member);

  std::array<Coding, max_codings> codings_{};
  std::size_t count_ = 0;
  Defect defect_ = Defect::none;
  std::string_view unknown_;
};

}  // namespace cachewitness::http
