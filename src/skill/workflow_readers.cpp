#include "skill/workflow_readers.h"

#include <fmt/format.h>

#include "base/text.h"
#include "manifest/fault_ids.h"
#include "manifest/value_readers.h"

namespace cachewitness::skill {

namespace {

namespace faults = manifest::faults;

bool is_scalar(const YamlNode& node) { return node.kind == YamlNode::Kind::scalar; }

Place place_of(const YamlNode& node) { return {node.line, node.column}; }

// An unquoted true, 5 or null is what YAML says it is.
std::optional<Value> literal_of(const YamlNode& node) {
  if (node.is_null()) {
    return Value{};
  }
  if (node.is_plain && (node.text == "true" || node.text == "false")) {
    return Value{node.text == "true"};
  }
  if (!manifest::is_yaml_number(node)) {
    return std::nullopt;
  }
  auto number = parse_json(node.text);  // 0x1f and .5 are text to a program
  return number && number->is_number() ? std::optional(std::move(*number)) : std::nullopt;
}

bool read_template(Binder& binder, const YamlNode& node, const std::string& text, Template& out) {
  auto made = Template::parse(text, place_of(node));
  if (!made) {
    binder.fault(faults::bad_template, binder.prefix() + made.error(), node);
    return false;
  }
  out = std::move(*made);
  return true;
}

bool read_content(Binder& binder, const YamlNode& node, Content& out) {
  out.where = place_of(node);
  bool is_read = true;
  if (node.kind == YamlNode::Kind::sequence) {
    Content::List list;
    for (const YamlNode& child : node.children) {
      is_read = read_content(binder, child, list.emplace_back()) && is_read;
    }
    out.data = std::move(list);
  } else if (node.kind == YamlNode::Kind::mapping) {
    Content::Members members;
    for (std::size_t i = 0; i < node.children.size(); ++i) {
      is_read =
          read_content(binder, node.children[i], members.emplace_back(node.keys[i].name, Content{}).content) && is_read;
    }
    out.data = std::move(members);
  } else if (auto literal = literal_of(node)) {
    out.data = *std::move(literal);
  } else {
    Template text;
    is_read = read_template(binder, node, node.text, text);
    out.data = std::move(text);
  }
  return is_read;
}

}  // namespace

// An argument may be written as a plain number or a plain true: a program gets text.
bool read(Binder& binder, const YamlNode& node, const Shape& shape, Template& out) {
  if (!is_scalar(node) || node.is_null()) {
    binder.wrong_type(node, shape);
    return false;
  }
  return read_template(binder, node, node.text, out);
}

bool read(Binder& binder, const YamlNode& node, const Shape& shape, std::optional<Template>& out) {
  return read(binder, node, shape, out.emplace());
}

bool read(Binder& binder, const YamlNode& node, const Shape&, std::optional<Content>& out) {
  return read_content(binder, node, out.emplace());
}

bool read(Binder& binder, const YamlNode& node, const Shape& shape, std::optional<Expression>& out) {
  if (!is_scalar(node) || node.is_null()) {
    binder.wrong_type(node, shape);
    return false;
  }
  auto made = Expression::parse(node.text, place_of(node));
  if (!made) {
    binder.fault(faults::bad_template, made.error(), node);
    return false;
  }
  out = std::move(*made);
  return true;
}

bool read(Binder& binder, const YamlNode& node, const Shape& shape, std::optional<Rollback>& out) {
  if (!manifest::check_container(binder, node, shape)) {
    return false;
  }
  binder.bind_table(rollback_table(), node, &out.emplace());
  return true;
}

bool read(Binder& binder, const YamlNode& node, const Shape& shape, Word& out) {
  out.where = place_of(node);
  return manifest::read(binder, node, shape, out.text);
}

bool read(Binder& binder, const YamlNode& node, const Shape& shape, Output& out) {
  if (is_scalar(node)) {
    return manifest::read(binder, node, shape.parts.front(), out.type);
  }
  if (!manifest::check_container(binder, node, shape.parts.back())) {
    return false;
  }
  binder.bind_table(output_table(), node, &out);
  return true;
}

bool read(Binder& binder, const YamlNode& node, const Shape& shape, StepSecret& out) {
  return manifest::read(binder, node, shape, out.from);
}

bool read(Binder& binder, const YamlNode& node, const Shape& shape, MatrixAxis& out) {
  out.where = place_of(node);
  if (node.kind == YamlNode::Kind::sequence) {
    std::vector<std::string> values;
    const bool is_read = manifest::read(binder, node, shape.parts.front(), values);
    out.values = std::move(values);
    return is_read;
  }
  Template text;
  if (node.kind == YamlNode::Kind::mapping) {
    if (out.name != "region" && out.name != "environment") {
      binder.fault(faults::bad_value,
                   fmt::format("a manifest names regions and environments, not \"{}\"; give a list",
                               base::printable(out.name, 60)),
                   node);
      return false;
    }
    binder.bind_table(matrix_source_table(), node, &text);
    out.values = std::move(text);
    return true;
  }
  const bool is_read = read(binder, node, shape, text);
  if (is_read && (text.whole() == nullptr || text.whole()->path.front() != "inputs")) {
    binder.wrong_type(node, shape);
    return false;
  }
  if (is_read) {
    out.values = *text.whole();
  }
  return is_read;
}

void bind_version(Binder& binder, const YamlNode& node, const Shape& shape, Workflow&) {
  if (!manifest::is_yaml_number(node)) {
    binder.wrong_type(node, shape);
  } else if (node.text != "1") {
    binder.fault(faults::out_of_range,
                 fmt::format("version {} of the workflow format is not known to this program; write \"version: 1\"",
                             base::printable(node.text, 20)),
                 node);
  }
}

}  // namespace cachewitness::skill
