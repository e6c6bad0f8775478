#include "report/text_page.h"

#include <algorithm>

#include <fmt/format.h>

namespace cachewitness::report {

namespace {

constexpr int least_width = 40;

std::string_view sgr(Tone tone) {
  switch (tone) {
    case Tone::plain:
      return "";
    case Tone::good:
      return "\x1b[1;32m";
    case Tone::bad:
      return "\x1b[1;31m";
    case Tone::doubtful:
      return "\x1b[1;33m";
    case Tone::dim:
      return "\x1b[2m";
    case Tone::strong:
      return "\x1b[1m";
  }
  return "";
}

// Columns, near enough: code points. Escapes have made everything else visible before.
std::size_t columns(std::string_view text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

std::vector<std::string_view> words(std::string_view text) {
  std::vector<std::string_view> found;
  std::size_t at = 0;
  while ((at = text.find_first_not_of(' ', at)) != std::string_view::npos) {
    const std::size_t end = std::min(text.find(' ', at), text.size());
    found.push_back(text.substr(at, end - at));
    at = end;
  }
  return found;
}

}  // namespace

TextPage::TextPage(const TextStyle& style)
    : style_(style), width_(static_cast<std::size_t>(std::max(style.width, least_width))) {}

std::string TextPage::painted(Tone tone, std::string_view text) const {
  const std::string_view start = sgr(tone);
  return style_.color && !start.empty() ? fmt::format("{}{}\x1b[0m", start, text) : std::string(text);
}

void TextPage::line(std::string_view text) {
  out_ += text;
  out_ += '\n';
}

void TextPage::title(Tone tone, std::string_view word, std::string_view title, std::string_view counts) {
  const bool fits = columns(word) + columns(title) + columns(counts) + 6 <= width_;
  line(fmt::format("  {}  {}:{}", painted(tone, word), painted(Tone::strong, title),
                   fits ? fmt::format(" {}", counts) : std::string()));
  if (!fits) {
    labelled("count", counts);
  }
}

void TextPage::labelled(std::string_view label, std::string_view text) {
  if (text.empty()) {
    return;
  }
  constexpr std::size_t indent = 14;
  std::string row = fmt::format("    {:<10}", label);
  std::size_t used = indent;
  bool is_line_start = true;
  for (const std::string_view word : words(text)) {
    if (!is_line_start && used + 1 + columns(word) > width_) {
      line(row);
      row.assign(indent, ' ');
      used = indent;
      is_line_start = true;
    }
    row += is_line_start ? "" : " ";
    row += word;
    used += columns(word) + (is_line_start ? 0 : 1);
    is_line_start = false;
  }
  line(row);
}

void TextPage::table(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths(rows.front().size());
  for (const std::vector<std::string>& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      widths[i] = std::max(widths[i], columns(row[i]));
    }
  }
  for (const std::vector<std::string>& row : rows) {
    std::string text = "  " + row.front() + std::string(widths.front() - columns(row.front()), ' ');
    for (std::size_t i = 1; i < row.size(); ++i) {
      text += std::string(2 + widths[i] - columns(row[i]), ' ') + row[i];
    }
    line(&row == &rows.front() ? painted(Tone::dim, text) : text);
  }
}

}  // namespace cachewitness::report
