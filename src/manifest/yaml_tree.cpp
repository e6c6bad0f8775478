#include "manifest/yaml_tree.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>
#include <libfyaml.h>

#include "base/assert.h"
#include "base/text.h"
#include "manifest/fault_ids.h"

namespace cachewitness::manifest {

namespace {

using base::Error;
using base::Errors;

constexpr std::size_t max_duplicates = 100;  // told; who has more knows what to look for

struct Place {
  std::uint32_t line = 1;
  std::uint32_t column = 1;
};

Error fault(base::ErrorId id, std::string message, const std::string& file, Place place) {
  return Error{id, std::move(message), base::SourceSpan{file, place.line, place.column}};
}

// What no line may hold, whatever YAML makes of it.
std::optional<Error> line_fault(std::string_view line, std::uint32_t number, const std::string& file,
                                std::string_view noun) {
  const auto at = [number](std::size_t offset) { return Place{number, static_cast<std::uint32_t>(offset + 1)}; };
  if (const std::size_t nul = line.find('\0'); nul != std::string_view::npos) {
    return fault(faults::encoding,
                 fmt::format("a NUL byte; the {} must be UTF-8 text (is this file binary or UTF-16?)", noun), file,
                 at(nul));
  }
  if (const std::string valid = base::utf8_or_escaped(line); valid != line) {
    const auto bad = std::ranges::mismatch(line, valid).in1 - line.begin();
    return fault(faults::encoding, "a byte that is not UTF-8; save the file as UTF-8", file,
                 at(static_cast<std::size_t>(bad)));
  }
  const std::size_t content = line.find_first_not_of(" \t\r");
  const std::size_t tab = line.substr(0, content).find('\t');
  if (tab != std::string_view::npos && content != std::string_view::npos && line[content] != '#') {
    return fault(faults::tab_indentation, "a tab in the indentation; YAML allows only spaces there", file, at(tab));
  }
  return std::nullopt;
}

std::optional<Error> text_fault(std::string_view text, const std::string& file, std::string_view noun) {
  if (text.size() > max_manifest_bytes) {
    return fault(faults::too_large,
                 fmt::format("the {} has {} bytes, more than 1 MiB; keep long lists of tenants in a CSV or NDJSON "
                             "file and name it with \"tenants: {{from: FILE}}\"",
                             noun, base::grouped(text.size())),
                 file, {});
  }
  std::uint32_t number = 1;
  for (std::size_t start = 0; start < text.size(); ++number) {
    const std::size_t end = std::min(text.find('\n', start), text.size());
    if (auto found = line_fault(text.substr(start, end - start), number, file, noun)) {
      return found;
    }
    start = end + 1;
  }
  return std::nullopt;
}

struct DiagDeleter {
  void operator()(fy_diag* diag) const { fy_diag_destroy(diag); }
};
struct ParserDeleter {
  void operator()(fy_parser* parser) const { fy_parser_destroy(parser); }
};
// Collects what the library has to say; by default it writes to stderr.
std::unique_ptr<fy_diag, DiagDeleter> make_diag() {
  fy_diag_cfg settings{};
  settings.output_fn = [](fy_diag*, void*, const char*, std::size_t) {};
  settings.level = FYET_ERROR;
  settings.module_mask = ~0U;
  std::unique_ptr<fy_diag, DiagDeleter> diag(fy_diag_create(&settings));
  CW_ASSERT(diag != nullptr);
  fy_diag_set_collect_errors(diag.get(), true);
  return diag;
}

// libfyaml's events, one at a time, and the tree that they build: a stack instead of recursion.
class TreeBuilder {
 public:
  TreeBuilder(std::string_view text, const std::string& file, std::string_view noun)
      : file_(file), noun_(noun), diag_(make_diag()) {
    fy_parse_cfg settings{};
    settings.flags = static_cast<fy_parse_cfg_flags>(FYPCF_QUIET | FYPCF_DEFAULT_VERSION_1_2 | FYPCF_JSON_NONE);
    settings.diag = diag_.get();
    parser_.reset(fy_parser_create(&settings));
    CW_ASSERT(parser_ != nullptr);
    fy_parser_set_string(parser_.get(), text.data(), text.size());
  }

  std::expected<YamlNode, Errors> build() {
    while (errors_.empty() || !is_fatal_) {
      fy_event* event = fy_parser_parse(parser_.get());
      if (event == nullptr) {
        break;
      }
      take(*event);
      fy_parser_event_free(parser_.get(), event);
    }
    if (!is_fatal_ && fy_parser_get_stream_error(parser_.get())) {
      add_syntax_error();
    }
    if (!errors_.empty()) {
      return std::unexpected(std::move(errors_));
    }
    if (!root_ || root_->is_null()) {
      return std::unexpected(
          Errors{fault(faults::empty, fmt::format("the {} is empty; start it with \"version: 1\"", noun_), file_, {})});
    }
    return *std::move(root_);
  }

 private:
  // A mapping or a sequence whose end has not come yet.
  struct Open {
    YamlNode node;
    std::optional<YamlKey> key;                            // of the value that comes next, in a mapping
    std::unordered_map<std::string, std::uint32_t> lines;  // of the keys so far; hostile text may have many
  };

  void fail(base::ErrorId id, std::string message, Place place) {
    errors_.push_back(fault(id, std::move(message), file_, place));
    is_fatal_ = true;
  }

  static Place place_of(fy_event& event) {
    const fy_mark* mark = fy_event_start_mark(&event);
    if (mark == nullptr) {
      return {};
    }
    return {static_cast<std::uint32_t>(mark->line + 1), static_cast<std::uint32_t>(mark->column + 1)};
  }

  void add_syntax_error() {
    void* cursor = nullptr;
    const fy_diag_error* first = fy_diag_errors_iterate(diag_.get(), &cursor);
    if (first == nullptr) {
      fail(faults::syntax, "this is not YAML", {});
      return;
    }
    const Place place{static_cast<std::uint32_t>(std::max(first->line, 1)),
                      static_cast<std::uint32_t>(std::max(first->column, 1))};
    const std::string_view said = base::trim(first->msg);
    if (said.find("depth limit") != std::string_view::npos) {
      fail(faults::too_deep, deep_message(), place);
      return;
    }
    fail(faults::syntax,
         fmt::format("not valid YAML: {}; look at the indentation, quotes and brackets here and in the line above",
                     base::printable(said)),
         place);
  }

  [[nodiscard]] std::string deep_message() const {
    return fmt::format("nested deeper than {} levels; no {} needs that", max_yaml_depth, noun_);
  }

  void take(fy_event& event) {
    const Place place = place_of(event);
    switch (event.type) {
      case FYET_DOCUMENT_START:
        start_document(event, place);
        break;
      case FYET_ALIAS:
        fail(faults::anchor_or_alias,
             fmt::format("aliases (\"*name\") are not allowed in a {}; write the value out", noun_), place);
        break;
      case FYET_SCALAR: {
        if (is_plain_node(event.scalar.anchor, event.scalar.tag, place)) {
          take_scalar(event, place);
        }
        break;
      }
      case FYET_SEQUENCE_START:
        if (is_plain_node(event.sequence_start.anchor, event.sequence_start.tag, place)) {
          open(YamlNode::Kind::sequence, place);
        }
        break;
      case FYET_MAPPING_START:
        if (is_plain_node(event.mapping_start.anchor, event.mapping_start.tag, place)) {
          open(YamlNode::Kind::mapping, place);
        }
        break;
      case FYET_SEQUENCE_END:
      case FYET_MAPPING_END:
        close();
        break;
      case FYET_NONE:
      case FYET_STREAM_START:
      case FYET_STREAM_END:
      case FYET_DOCUMENT_END:
        break;
    }
  }

  void start_document(const fy_event& event, Place place) {
    if (++documents_ > 1) {
      fail(faults::second_document,
           fmt::format("a second document (\"---\"); a {} is one document, so put the other one into a file of its own",
                       noun_),
           place);
    }
    fy_document_state* state = event.document_start.document_state;
    if (fy_document_state_tags_explicit(state)) {
      fail(faults::tag, fmt::format("%TAG directives are not allowed in a {}; remove the line", noun_), place);
    }
  }

  bool is_plain_node(fy_token* anchor, fy_token* tag, Place place) {
    if (const fy_mark* mark = fy_token_start_mark(anchor != nullptr ? anchor : tag); mark != nullptr) {
      place = {static_cast<std::uint32_t>(mark->line + 1), static_cast<std::uint32_t>(mark->column + 1)};
    }
    if (anchor != nullptr) {
      fail(faults::anchor_or_alias,
           fmt::format("anchors (\"&name\") are not allowed in a {}; write the value out", noun_), place);
    } else if (tag != nullptr) {
      fail(faults::tag, fmt::format("tags (\"!name\") are not allowed in a {}; write the plain value", noun_), place);
    }
    return anchor == nullptr && tag == nullptr;
  }

  void take_scalar(const fy_event& event, Place place) {
    std::size_t size = 0;
    const char* text = event.scalar.value == nullptr ? nullptr : fy_token_get_text(event.scalar.value, &size);
    YamlNode node;
    node.text = text == nullptr ? std::string() : std::string(text, size);
    node.is_plain = event.scalar.value == nullptr || fy_token_scalar_style(event.scalar.value) == FYSS_PLAIN;
    node.line = place.line;
    node.column = place.column;
    if (is_key_next()) {
      take_key(std::move(node));
    } else {
      add(std::move(node));
    }
  }

  [[nodiscard]] bool is_key_next() const {
    return !open_.empty() && open_.back().node.kind == YamlNode::Kind::mapping && !open_.back().key;
  }

  void take_key(YamlNode node) {
    Open& mapping = open_.back();
    const auto [same, is_new] = mapping.lines.emplace(node.text, node.line);
    if (!is_new && errors_.size() < max_duplicates) {
      errors_.push_back(fault(faults::duplicate_key,
                              fmt::format("the key \"{}\" is here twice; it was first written in line {}",
                                          base::printable(node.text, 80), same->second),
                              file_, {node.line, node.column}));
    }
    mapping.key = YamlKey{std::move(node.text), node.line, node.column};
  }

  void open(YamlNode::Kind kind, Place place) {
    if (is_key_next()) {
      fail(faults::wrong_type,
           "a list or a table as a key; a key is a plain word followed by \":\" (a value that starts "
           "with \"{\" or \"[\" needs quotes)",
           place);
      return;
    }
    if (open_.size() >= max_yaml_depth) {
      fail(faults::too_deep, deep_message(), place);
      return;
    }
    Open next;
    next.node.kind = kind;
    next.node.line = place.line;
    next.node.column = place.column;
    open_.push_back(std::move(next));
  }

  void close() {
    CW_ASSERT(!open_.empty());
    YamlNode node = std::move(open_.back().node);
    open_.pop_back();
    add(std::move(node));
  }

  void add(YamlNode node) {
    if (open_.empty()) {
      root_ = std::move(node);
      return;
    }
    Open& parent = open_.back();
    if (parent.node.kind == YamlNode::Kind::mapping) {
      if (node.is_null() && parent.key) {  // "key:" and nothing behind it: the library knows no place
        node.line = parent.key->line;
        node.column = parent.key->column;
      }
      parent.node.keys.push_back(*std::exchange(parent.key, std::nullopt));
    }
    parent.node.children.push_back(std::move(node));
  }

  const std::string& file_;
  std::string_view noun_;
  std::unique_ptr<fy_diag, DiagDeleter> diag_;
  std::unique_ptr<fy_parser, ParserDeleter> parser_;
  std::vector<Open> open_;
  std::optional<YamlNode> root_;
  Errors errors_;
  std::uint32_t documents_ = 0;
  bool is_fatal_ = false;
};

}  // namespace

bool YamlNode::is_null() const {
  return kind == Kind::scalar && is_plain &&
         (text.empty() || text == "~" || text == "null" || text == "Null" || text == "NULL");
}

const YamlNode* YamlNode::find(std::string_view key) const {
  const auto found = std::ranges::find(keys, key, &YamlKey::name);
  return found == keys.end() ? nullptr : &children[static_cast<std::size_t>(found - keys.begin())];
}

std::expected<YamlNode, Errors> parse_yaml(std::string_view text, const std::string& file, std::string_view noun) {
  if (auto found = text_fault(text, file, noun)) {
    return std::unexpected(Errors{*std::move(found)});
  }
  return TreeBuilder(text, file, noun).build();
}

}  // namespace cachewitness::manifest
