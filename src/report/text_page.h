// TextPage: a terminal page under construction. Knows colour and width, and nothing of verdicts: wraps between
// words, aligns labels and tables. Text comes in escaped already.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "report/report.h"

namespace cachewitness::report {

enum class Tone : std::uint8_t { plain, good, bad, doubtful, dim, strong };

class TextPage {
 public:
  explicit TextPage(const TextStyle& style);

  // The text in the tone's colour, where the page has colours.
  [[nodiscard]] std::string painted(Tone tone, std::string_view text) const;
  void line(std::string_view text = {});
  // "  WORD  title: counts", the counts on a line of their own where the terminal is too narrow.
  void title(Tone tone, std::string_view word, std::string_view title, std::string_view counts);
  // "    label     text", the text wrapped and the lines after the first indented under it; nothing without text.
  void labelled(std::string_view label, std::string_view text);
  // Rows of equal length, the first one the head; the first column to the left, all others to the right.
  void table(const std::vector<std::vector<std::string>>& rows);
  [[nodiscard]] std::string take() { return std::move(out_); }

 private:
  TextStyle style_;
  std::size_t width_;
  std::string out_;
};

}  // namespace cachewitness::report
