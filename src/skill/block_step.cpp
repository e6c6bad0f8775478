#include "skill/block_step.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"
#include "skill/check_workflow.h"
#include "skill/command_line_words.h"
#include "skill/fault_ids.h"
#include "skill/workflow_keys.h"
#include "skill/workflow_readers.h"

namespace cachewitness::skill {

namespace {

constexpr std::string_view program = "cachewitness";

// Lines of the block's own text are lines of the file.
std::string at_its_lines(const CodeBlock& block) { return std::string(block.line, '\n') + block.text; }

// The attributes as the YAML that a workflow would have had, so that one reader checks both.
manifest::YamlNode attributes_as_yaml(const CodeBlock& block, const BlockInfo& info) {
  using manifest::YamlNode;
  YamlNode table;
  table.kind = YamlNode::Kind::mapping;
  table.line = block.line;
  table.column = 1;
  const auto scalar = [&](std::string_view text, bool is_plain) {
    YamlNode node;
    node.text = text;
    node.is_plain = is_plain;
    node.line = block.line;
    node.column = 1;
    return node;
  };
  for (const auto& [name, value] : info.attributes) {
    YamlNode node = scalar(value, value == "true" || value == "false");
    if (name == "needs" || name == "env") {
      node.kind = YamlNode::Kind::sequence;
      for (std::string_view rest = value; !rest.empty();) {
        const std::size_t comma = std::min(rest.find(','), rest.size());
        node.children.push_back(scalar(rest.substr(0, comma), false));
        rest.remove_prefix(std::min(comma + 1, rest.size()));
      }
    }
    table.keys.push_back({name == "step" ? "id" : name, block.line, 1});
    table.children.push_back(std::move(node));
  }
  return table;
}

void read_command(const CodeBlock& block, const Commands& commands, manifest::Binder& binder, Step& step) {
  const auto words = split_command(block.text);
  if (!words) {
    binder.fault(faults::block, words.error().message, block.line + words.error().line, words.error().column);
    return;
  }
  std::size_t first = 0;
  if (words->size() > 1 && words->front().text == program) {
    step.action = (*words)[1].text;
    first = 2;
    const auto known = std::ranges::find(commands, step.action, &Command::name);
    if (known == commands.end()) {
      binder.fault(faults::block,
                   fmt::format("`{} {}` is no step; one of {} is", program, base::printable(step.action, 60),
                               fmt::join(action_names(), ", ")),
                   block.line + (*words)[1].line, (*words)[1].column);
    }
  }
  for (std::size_t i = first; i < words->size(); ++i) {
    const CommandWord& word = (*words)[i];
    const Place where{block.line + word.line, word.column};
    auto made = Template::parse(word.text, where);
    if (made) {
      step.run.push_back(std::move(*made));
    } else {
      binder.fault(faults::reference, made.error(), where.line, where.column);
    }
  }
}

void read_yaml(const CodeBlock& block, manifest::YamlNode attributes, manifest::Binder& binder, Step& step) {
  auto root = manifest::parse_yaml(at_its_lines(block), binder.faults().file(), "step");
  if (!root || root->kind != manifest::YamlNode::Kind::mapping) {
    base::Errors errors = root ? base::Errors{{faults::wrong_type, "a step is a table of keys (\"action: ...\")",
                                               base::SourceSpan{"", block.line + 1, 1}}}
                               : as_workflow_faults(std::move(root).error());
    for (const base::Error& error : errors) {
      binder.fault(error.id, error.message, error.where->line, error.where->column);
    }
    return;
  }
  std::ranges::move(root->keys, std::back_inserter(attributes.keys));
  std::ranges::move(root->children, std::back_inserter(attributes.children));
  binder.bind_table(step_table(), attributes, &step);
}

}  // namespace

const std::string* BlockInfo::find(std::string_view name) const {
  const auto found = std::ranges::find(attributes, name, &std::pair<std::string, std::string>::first);
  return found == attributes.end() ? nullptr : &found->second;
}

std::expected<BlockInfo, std::string> parse_block_info(std::string_view info) {
  BlockInfo parsed;
  std::vector<std::string> bare;
  bool is_step = false;
  std::string fault;
  while (!(info = base::trim(info)).empty()) {
    const std::size_t end = std::min(info.find_first_of(" \t="), info.size());
    std::string name(info.substr(0, end));
    info.remove_prefix(end);
    if (!info.starts_with('=')) {
      bare.push_back(std::move(name));
      continue;
    }
    info.remove_prefix(1);
    const bool is_quoted = info.starts_with('"');
    info.remove_prefix(is_quoted ? 1 : 0);
    const std::size_t stop = std::min(info.find_first_of(is_quoted ? "\"" : " \t"), info.size());
    if (is_quoted && stop == info.size()) {
      fault = fmt::format("the value of {} has no closing quote", base::printable(name, 40));
    }
    is_step = is_step || name == "step";
    parsed.attributes.emplace_back(std::move(name), std::string(info.substr(0, stop)));
    info.remove_prefix(std::min(stop + 1, info.size()));
  }
  parsed.language = bare.empty() ? "" : bare.front();
  parsed.is_inputs = bare.size() == 2 && parsed.language == "yaml" && bare.back() == "inputs";
  if (is_step && bare.size() > 1) {
    fault = fmt::format("\"{}\" in the info string of a step; options are written name=value",
                        base::printable(bare[1], 40));
  }
  return is_step && !fault.empty() ? std::expected<BlockInfo, std::string>(std::unexpected(fault)) : parsed;
}

Step read_block_step(const CodeBlock& block, const BlockInfo& info, const Commands& commands,
                     manifest::Binder& binder) {
  Step step;
  step.where = {binder.faults().file(), block.line, 1};
  manifest::YamlNode attributes = attributes_as_yaml(block, info);
  if (info.language == "yaml") {
    read_yaml(block, std::move(attributes), binder, step);
    return step;
  }
  if (info.language != "sh" && info.language != "bash" && info.language != "shell" && info.language != "console") {
    binder.fault(faults::block,
                 fmt::format("a step in \"{}\"; a step is written in sh (one command) or yaml, and a script goes into "
                             "scripts/",
                             base::printable(info.language, 40)),
                 block.line, 1);
    return step;
  }
  binder.bind_table(step_table(), attributes, &step);
  read_command(block, commands, binder, step);
  step.input = Step::InputForm::none;
  return step;
}

void read_block_inputs(const CodeBlock& block, manifest::Binder& binder, Workflow& workflow) {
  auto root = manifest::parse_yaml(at_its_lines(block), binder.faults().file(), "table of inputs");
  if (!root) {
    for (const base::Error& error : as_workflow_faults(std::move(root).error())) {
      binder.fault(error.id, error.message, error.where->line, error.where->column);
    }
    return;
  }
  manifest::read(binder, *root, inputs_shape(), workflow.inputs);
}

}  // namespace cachewitness::skill
