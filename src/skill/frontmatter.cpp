#include "skill/frontmatter.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"
#include "manifest/fault_list.h"
#include "manifest/yaml_tree.h"
#include "skill/fault_ids.h"

namespace cachewitness::skill {

namespace {

using manifest::YamlNode;

const std::vector<std::string_view> known_keys{"name",          "description", "license",
                                               "compatibility", "metadata",    "allowed-tools"};

std::size_t characters(std::string_view text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

// Lower-case letters of any script are let through, as the reference does; upper case is told for ASCII.
std::string_view name_fault(std::string_view name) {
  const auto is_allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || static_cast<unsigned char>(c) >= 0x80U;
  };
  if (name.starts_with('-') || name.ends_with('-')) {
    return "starts or ends with a hyphen";
  }
  if (name.find("--") != std::string_view::npos) {
    return "has two hyphens in a row";
  }
  if (characters(name) > max_name_characters) {
    return "has more than 64 characters";
  }
  return std::ranges::all_of(name, is_allowed) ? "" : "may have lower-case letters, digits and hyphens only";
}

// `description: Use when: ...` is what people write and YAML refuses: quote the values of plain "key: value" lines.
std::string with_quoted_values(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = base::trim(text.substr(0, end));
    const std::size_t colon = line.find(": ");
    const bool is_top = !text.starts_with(' ') && colon != std::string_view::npos;
    const std::string_view value = is_top ? base::trim(line.substr(colon + 2)) : std::string_view();
    const bool is_plain = !value.empty() && std::string_view("\"'|>[{&*!#").find(value.front()) == std::string::npos;
    if (is_plain) {
      std::string quoted(value);
      for (std::size_t at = 0; (at = quoted.find('\'', at)) != std::string::npos; at += 2) {
        quoted.insert(at, 1, '\'');
      }
      out += fmt::format("{}: '{}'\n", line.substr(0, colon), quoted);
    } else {
      out += fmt::format("{}\n", text.substr(0, end));
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

class Reader {
 public:
  // `text` is what the tree was read from.
  Reader(const std::string& file, std::string_view text, std::string_view folder)
      : faults_(file), text_(text), folder_(folder) {}

  void read(const YamlNode& root) {
    for (std::size_t i = 0; i < root.keys.size(); ++i) {
      read_key(root.keys[i], root.children[i]);
    }
    for (const std::string_view key : {"name", "description"}) {
      if (root.find(key) == nullptr) {
        tell(fmt::format("the key \"{}\" is missing; a skill needs a name and a description", key), 1, 1);
      }
    }
  }
  void tell(std::string message, std::uint32_t line, std::uint32_t column) {
    faults_.add(faults::bad_field, std::move(message), line, column);
  }

  Frontmatter made;
  base::Errors take_faults() { return faults_.take(); }
  manifest::FaultList& faults() { return faults_; }

 private:
  void read_key(const manifest::YamlKey& key, const YamlNode& node) {
    if (key.name == "name") {
      read_name(node);
    } else if (key.name == "description") {
      read_text(key.name, node, max_description_characters, made.description);
    } else if (key.name == "license") {
      read_text(key.name, node, max_document_bytes, made.license);
    } else if (key.name == "compatibility") {
      read_text(key.name, node, max_compatibility_characters, made.compatibility);
    } else if (key.name == "metadata") {
      read_metadata(node);
    } else if (key.name == "allowed-tools") {
      read_tools(node);
    } else {
      tell(fmt::format("unknown key \"{}\"{}; the format has {}, and further data goes under metadata",
                       base::printable(key.name, 60), manifest::did_you_mean(key.name, known_keys),
                       fmt::join(known_keys, ", ")),
           key.line, key.column);
    }
  }

  void tell_at(std::string message, const YamlNode& node) { tell(std::move(message), node.line, node.column); }

  bool read_text(std::string_view key, const YamlNode& node, std::size_t most, std::string& out) {
    if (node.kind != YamlNode::Kind::scalar) {
      tell_at(fmt::format("\"{}\" must be text", key), node);
      return false;
    }
    const std::string_view text = base::trim(node.text);
    if (text.empty() || node.is_null()) {
      tell_at(fmt::format("\"{}\" is empty", key), node);
      return false;
    }
    out = text;
    if (characters(text) > most) {
      tell_at(fmt::format("\"{}\" has {} characters; {} at most", key, characters(text), most), node);
    }
    return true;
  }

  void read_name(const YamlNode& node) {
    if (!read_text("name", node, max_name_characters, made.name)) {
      return;
    }
    const std::string shown = base::printable(made.name, 80);
    if (const std::string_view fault = name_fault(made.name); !fault.empty()) {
      tell_at(fmt::format("the name \"{}\" {}", shown, fault), node);
    }
    if (!folder_.empty() && made.name != folder_) {
      tell_at(fmt::format("the name \"{}\" is not that of its directory, \"{}\"; rename either", shown,
                          base::printable(folder_, 80)),
              node);
    }
  }

  // The reference turns whatever stands here into text; only a list or a value that is no table at all is a fault.
  void read_metadata(const YamlNode& node) {
    if (node.kind != YamlNode::Kind::mapping) {
      tell_at("\"metadata\" must be a table of texts", node);
      return;
    }
    for (std::size_t i = 0; i < node.keys.size(); ++i) {
      made.metadata.emplace_back(node.keys[i].name, node.children[i].text);
    }
  }

  // Text, as the specification has it, or a block list, which the reference takes too. It refuses [flow, style].
  void read_tools(const YamlNode& node) {
    made.limits_tools = true;
    if (node.kind == YamlNode::Kind::mapping) {
      tell_at("\"allowed-tools\" must be text such as Bash(cachewitness:*) Read", node);
    } else if (node.kind == YamlNode::Kind::sequence) {
      if (character_at(node) == '[') {
        tell_at("\"allowed-tools\" in brackets is not of the format; write the tools in one line, with blanks between",
                node);
      }
      for (const YamlNode& tool : node.children) {
        made.allowed_tools.push_back(tool.text);
      }
    } else {
      split_tools(node.text);
    }
  }

  // At blanks and commas outside of parentheses: "Bash(git log:*) Read".
  void split_tools(std::string_view text) {
    std::string tool;
    int depth = 0;
    for (const char c : text) {
      depth += c == '(' ? 1 : c == ')' ? -1 : 0;
      if (depth <= 0 && (c == ' ' || c == ',' || c == '\n')) {
        if (!tool.empty()) {
          made.allowed_tools.push_back(std::exchange(tool, {}));
        }
      } else {
        tool += c;
      }
    }
    if (!tool.empty()) {
      made.allowed_tools.push_back(tool);
    }
  }

  [[nodiscard]] char character_at(const YamlNode& node) const {
    std::string_view rest = text_;
    for (std::uint32_t line = 1; line < node.line && !rest.empty(); ++line) {
      rest.remove_prefix(std::min(rest.find('\n'), rest.size() - 1) + 1);
    }
    return node.column > 0 && node.column <= rest.size() ? rest[node.column - 1] : '\0';
  }

  manifest::FaultList faults_;
  std::string_view text_;
  std::string_view folder_;
};

base::Errors as_frontmatter_faults(base::Errors errors) {
  for (base::Error& error : errors) {
    error.id = faults::frontmatter;
  }
  return errors;
}

}  // namespace

std::string_view Frontmatter::metadata_value(std::string_view key) const {
  const auto found = std::ranges::find(metadata, key, &std::pair<std::string, std::string>::first);
  return found == metadata.end() ? std::string_view() : std::string_view(found->second);
}

base::Result<ReadFrontmatter, base::Errors> read_frontmatter(const Document& document, const std::string& file,
                                                             std::string_view folder, Reading reading) {
  std::string text = "\n" + std::string(document.frontmatter);  // lines count from the "---"
  Reader reader(file, text, folder);
  if (document.has_byte_order_mark) {
    reader.faults().add(faults::frontmatter, "a byte order mark before \"---\"; save the file without it", 1, 1);
  }
  auto root = manifest::parse_yaml(text, file, "frontmatter");
  if (!root) {
    const base::Errors told = as_frontmatter_faults(std::move(root).error());
    root = manifest::parse_yaml(with_quoted_values(text), file, "frontmatter");
    if (reading == Reading::strict || !root) {
      return std::unexpected(told);
    }
    for (const base::Error& error : told) {
      reader.faults().add(error.id, error.message, error.where ? error.where->line : 1);
    }
  }
  if (root->kind != YamlNode::Kind::mapping) {
    return std::unexpected(base::Errors{
        {faults::frontmatter, "the frontmatter is no table of keys (\"name: ...\")", base::SourceSpan{file, 2, 1}}});
  }
  reader.read(*root);
  ReadFrontmatter read{std::move(reader.made), reader.take_faults()};
  const bool is_usable = !read.frontmatter.name.empty() && !read.frontmatter.description.empty();
  if (!read.warnings.empty() && (reading == Reading::strict || !is_usable)) {
    return std::unexpected(std::move(read.warnings));
  }
  return read;
}

}  // namespace cachewitness::skill
