#include "skill/document.h"

#include <algorithm>
#include <memory>

#include <cmark.h>
#include <fmt/format.h>

#include "base/assert.h"
#include "base/text.h"
#include "skill/fault_ids.h"

namespace cachewitness::skill {

namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

struct NodeDeleter {
  void operator()(cmark_node* node) const { cmark_node_free(node); }
};
struct IteratorDeleter {
  void operator()(cmark_iter* iterator) const { cmark_iter_free(iterator); }
};

std::string text_of(const char* text) { return text == nullptr ? std::string() : std::string(text); }

bool is_rule(std::string_view line) { return line.starts_with("---") && base::trim(line.substr(3)).empty(); }

}  // namespace

base::Result<Document> split_document(std::string_view text, const std::string& file) {
  if (text.size() > max_document_bytes) {
    return base::fail(faults::frontmatter,
                      fmt::format("{} bytes, more than 1 MiB; move reference material into files of its own",
                                  base::grouped(text.size())),
                      {file, 1, 1});
  }
  Document document;
  document.has_byte_order_mark = text.starts_with(byte_order_mark);
  text.remove_prefix(document.has_byte_order_mark ? byte_order_mark.size() : 0);
  const std::size_t first = std::min(text.find('\n'), text.size());
  if (!is_rule(text.substr(0, first))) {
    return base::fail(faults::frontmatter,
                      "no frontmatter; a skill starts with a line \"---\", its name and description, and \"---\" again",
                      {file, 1, 1});
  }
  std::uint32_t line = 1;
  const std::size_t start = std::min(first + 1, text.size());
  for (std::size_t at = start; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    ++line;
    if (is_rule(text.substr(at, end - at))) {
      document.frontmatter = text.substr(start, at - start);
      document.body = text.substr(std::min(end + 1, text.size()));
      document.body_line = line + 1;
      return document;
    }
    at = end + 1;
  }
  return base::fail(faults::frontmatter, "the frontmatter has no end; close it with a line \"---\"", {file, 1, 1});
}

std::vector<CodeBlock> Document::blocks() const {
  std::vector<CodeBlock> found;
  const std::unique_ptr<cmark_node, NodeDeleter> root(
      cmark_parse_document(body.data(), body.size(), CMARK_OPT_DEFAULT));
  CW_ASSERT(root != nullptr);
  const std::unique_ptr<cmark_iter, IteratorDeleter> iterator(cmark_iter_new(root.get()));
  while (cmark_iter_next(iterator.get()) != CMARK_EVENT_DONE) {
    cmark_node* node = cmark_iter_get_node(iterator.get());
    if (cmark_node_get_type(node) != CMARK_NODE_CODE_BLOCK) {
      continue;
    }
    std::string info = text_of(cmark_node_get_fence_info(node));
    if (!info.empty()) {
      const auto line = static_cast<std::uint32_t>(std::max(cmark_node_get_start_line(node), 1));
      found.push_back({std::move(info), text_of(cmark_node_get_literal(node)), body_line + line - 1});
    }
  }
  return found;
}

}  // namespace cachewitness::skill
