// SKILL.md as text: where its frontmatter ends, and the fenced code blocks of its body. Knows CommonMark and nothing
// of what the blocks mean.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace cachewitness::skill {

inline constexpr std::size_t max_document_bytes = std::size_t{1} << 20;

struct CodeBlock {
  std::string info;  // all of the line behind the fence: "sh step=probe"
  std::string text;
  std::uint32_t line = 0;  // of the fence, from 1; the text starts in the next one
};

struct Document {
  bool has_byte_order_mark = false;
  std::string_view frontmatter;  // between the two lines of "---"; its first line is line 2
  std::string_view body;
  std::uint32_t body_line = 1;  // where the body starts

  // Fenced ones only; an indented block has no info string.
  [[nodiscard]] std::vector<CodeBlock> blocks() const;
};

// Views into `text`. An error where there is no frontmatter.
[[nodiscard]] base::Result<Document> split_document(std::string_view text, const std::string& file);

}  // namespace cachewitness::skill
