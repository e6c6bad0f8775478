#include "manifest/bind.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <string_view>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "base/text.h"
#include "manifest/fault_ids.h"

namespace cachewitness::manifest {

namespace {

bool is_scalar(const YamlNode& node) { return node.kind == YamlNode::Kind::scalar; }

bool is_yaml_boolean(const YamlNode& node) { return node.is_plain && (node.text == "true" || node.text == "false"); }

std::optional<double> parse_number(std::string_view text) {
  double value = 0;
  text.remove_prefix(text.starts_with('+') ? 1 : 0);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool is_number = error == std::errc{} && end == text.data() + text.size() && std::isfinite(value);
  return is_number ? std::optional(value) : std::nullopt;
}

bool check_range(Binder& binder, const YamlNode& node, const Shape& shape, double value) {
  if (value >= shape.least && value <= shape.most) {
    return true;
  }
  binder.fault(faults::out_of_range,
               fmt::format("{} is out of range; expected {}", base::printable(node.text), expected_phrase(shape)),
               node);
  return false;
}

std::optional<std::uint64_t> parse_size(std::string_view text) {
  constexpr std::pair<std::string_view, std::uint64_t> units[] = {
      {"KiB", 1ULL << 10}, {"MiB", 1ULL << 20}, {"GiB", 1ULL << 30}, {"", 1}};
  for (const auto& [suffix, factor] : units) {
    if (!text.ends_with(suffix)) {
      continue;
    }
    const std::string_view digits = base::trim(text.substr(0, text.size() - suffix.size()));
    std::uint64_t amount = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), amount);
    if (error != std::errc{} || end != digits.data() + digits.size() ||
        amount > std::numeric_limits<std::uint64_t>::max() / factor) {
      return std::nullopt;
    }
    return amount * factor;
  }
  return std::nullopt;
}

std::string listed(const std::vector<std::string_view>& words) {
  std::string out;
  for (const std::string_view word : words) {
    out += fmt::format("{}{}", out.empty() ? "" : ", ", word);
  }
  return out;
}

// Not "1e+06".
std::string whole(double value) {
  return std::floor(value) == value ? fmt::format("{:.0f}", value) : fmt::format("{}", value);
}

std::vector<std::string_view> names_of(const Table& table) {
  std::vector<std::string_view> names;
  for (const Key& row : table.keys) {
    names.push_back(row.name);
  }
  return names;
}

std::string range_phrase(const Shape& shape) {
  return shape.least == shape.most ? whole(shape.least) : whole(shape.least) + " to " + whole(shape.most);
}

}  // namespace

std::string expected_phrase(const Shape& shape) {
  if (!shape.expected.empty()) {
    return std::string(shape.expected);
  }
  switch (shape.kind) {
    case Shape::Kind::text:
      return shape.allowed.empty() ? "text" : "one of " + listed(shape.allowed);
    case Shape::Kind::boolean:
      return "true or false";
    case Shape::Kind::count:
      return "a whole number, " + range_phrase(shape);
    case Shape::Kind::number:
      return "a number, " + range_phrase(shape);
    case Shape::Kind::size:
      return "a size such as 64KiB or 8MiB";
    case Shape::Kind::duration:
      return "a duration such as 30s, 1m30s or 250ms";
    case Shape::Kind::instant:
      return "a time such as 2026-11-23T03:00:00Z";
    case Shape::Kind::list:
      return "a list";
    case Shape::Kind::map:
      return "a table of names (\"name: ...\")";
    case Shape::Kind::table:
      return "a table (\"key: value\" lines)";
    case Shape::Kind::scalar:
      return "text, a number, true or false";
    case Shape::Kind::anything:
      return "a value";
    case Shape::Kind::any_of:
      break;
  }
  std::string out;
  for (const Shape& part : shape.parts) {
    out += fmt::format("{}{}", out.empty() ? "" : " or ", expected_phrase(part));
  }
  return out;
}

std::string found_phrase(const YamlNode& node) {
  if (node.kind == YamlNode::Kind::sequence) {
    return "a list";
  }
  if (node.kind == YamlNode::Kind::mapping) {
    return "a table";
  }
  if (node.is_null()) {
    return "nothing";
  }
  const std::string shown = base::printable(node.text, 60);
  if (is_yaml_number(node)) {
    return "the number " + shown;
  }
  return is_yaml_boolean(node) ? shown : fmt::format("the text \"{}\"", shown);
}

bool is_yaml_number(const YamlNode& node) {
  if (!is_scalar(node) || !node.is_plain || node.text.empty()) {
    return false;
  }
  std::string_view text = node.text;
  text.remove_prefix(text.front() == '-' || text.front() == '+' ? 1 : 0);
  const bool has_digit = !text.empty() && ((text[0] >= '0' && text[0] <= '9') || text[0] == '.');
  const auto is_digit_of = [&](std::string_view digits) {
    return text.size() > 2 && text.find_first_not_of(digits, 2) == std::string_view::npos;
  };
  if (text.starts_with("0x")) {
    return is_digit_of("0123456789abcdefABCDEF");
  }
  if (text.starts_with("0o")) {
    return is_digit_of("01234567");
  }
  return has_digit && parse_number(text).has_value();
}

Binder::Binder(std::string file) : faults_(std::move(file)) {}

void Binder::wrong_type(const YamlNode& found, const Shape& expected) {
  const bool needs_quotes =
      is_scalar(found) && expected.kind == Shape::Kind::text && (is_yaml_number(found) || is_yaml_boolean(found));
  fault(faults::wrong_type,
        fmt::format("{}expected {}, found {}{}", prefix(), expected_phrase(expected), found_phrase(found),
                    needs_quotes ? fmt::format("; write it in quotes: \"{}\"", base::printable(found.text, 60)) : ""),
        found);
}

std::string Binder::resolve(std::string_view path) const {
  const std::string_view file = faults_.file();
  const std::size_t slash = file.rfind('/');
  if (path.empty() || path.front() == '/' || slash == std::string_view::npos) {
    return std::string(path);
  }
  return fmt::format("{}{}", file.substr(0, slash + 1), path);
}

std::string Binder::prefix() const { return key_.empty() ? std::string() : fmt::format("\"{}\": ", key_); }

void Binder::bind_table(const Table& table, const YamlNode& mapping, void* owner) {
  const std::string_view outer_key = key_;
  std::vector<std::string> misspelt;  // known keys that an unknown one stands for
  for (std::size_t i = 0; i < mapping.keys.size(); ++i) {
    const YamlKey& written = mapping.keys[i];
    const auto row = std::ranges::find(table.keys, written.name, &Key::name);
    if (row != table.keys.end()) {
      key_ = row->name;
      row->bind(*this, mapping.children[i], row->shape, owner);
    } else if (table.bind_other != nullptr) {
      key_ = written.name;
      table.bind_other(*this, written, mapping.children[i], owner);
    } else if (!faults_.is_full()) {
      tell_unknown_key(table, written);
      misspelt.push_back(base::nearest(written.name, names_of(table)).value_or(""));
    }
    key_ = outer_key;
  }
  for (const Key& row : table.keys) {
    const bool is_told = std::ranges::find(misspelt, row.name) != misspelt.end();
    if (row.is_required && !is_told && mapping.find(row.name) == nullptr) {
      fault(faults::missing_key,
            fmt::format("{} lacks the key \"{}\" ({})", table.name, row.name, expected_phrase(row.shape)), mapping);
    }
  }
}

void Binder::tell_unknown_key(const Table& table, const YamlKey& written) {
  const std::vector<std::string_view> known = names_of(table);
  const std::string near = did_you_mean(written.name, known);
  const std::string list = near.empty() ? fmt::format("; {} knows: {}", table.name, listed(known))
                                        : fmt::format("{} (known: {})", near, listed(known));
  fault(faults::unknown_key, fmt::format("unknown key \"{}\"{}", base::printable(written.name, 60), list), written.line,
        written.column);
}

void check_name(Binder& binder, std::string_view name, std::string_view what, std::uint32_t line,
                std::uint32_t column) {
  constexpr std::size_t longest = 200;
  std::string fault;
  if (name.empty() || base::trim(name) != name) {
    fault = "must not be empty or have white space at its ends";
  } else if (name.size() > longest) {
    fault = fmt::format("must not be longer than {} bytes", longest);
  } else if (base::printable(name, name.size()) != name) {
    fault = "must not hold control or invisible characters";
  } else if (name.find(',') != std::string_view::npos) {
    fault = "must not hold a comma, which separates names on the command line";
  } else {
    return;
  }
  binder.fault(faults::bad_value, fmt::format("{} {}: \"{}\"", what, fault, base::printable(name, 60)), line, column);
}

bool read(Binder& binder, const YamlNode& node, const Shape& shape, std::string& out) {
  if (!is_scalar(node) || node.is_null() || is_yaml_number(node) || is_yaml_boolean(node)) {
    binder.wrong_type(node, shape);
    return false;
  }
  if (!shape.allowed.empty() && std::ranges::find(shape.allowed, node.text) == shape.allowed.end()) {
    binder.fault(faults::bad_value,
                 fmt::format("{}unknown word \"{}\"{} (expected {})", binder.prefix(), base::printable(node.text, 60),
                             did_you_mean(node.text, shape.allowed), expected_phrase(shape)),
                 node);
    return false;
  }
  if (base::printable(node.text, node.text.size()) != node.text) {
    binder.fault(faults::bad_value,
                 fmt::format("control or invisible characters in \"{}\"; remove them", base::printable(node.text, 60)),
                 node);
    return false;
  }
  if (node.text.empty()) {
    binder.fault(faults::bad_value,
                 fmt::format("{}empty; expected {}, or leave the key out", binder.prefix(), expected_phrase(shape)),
                 node);
    return false;
  }
  out = node.text;
  return true;
}

bool read(Binder& binder, const YamlNode& node, const Shape& shape, bool& out) {
  if (!is_scalar(node) || !is_yaml_boolean(node)) {
    binder.wrong_type(node, shape);
    return false;
  }
  out = node.text == "true";
  return true;
}

bool read(Binder& binder, const YamlNode& node, const Shape& shape, double& out) {
  const auto value = is_yaml_number(node) ? parse_number(node.text) : std::nullopt;
  if (!value) {
    binder.wrong_type(node, shape);
    return false;
  }
  if (!check_range(binder, node, shape, *value)) {
    return false;
  }
  out = *value;
  return true;
}

bool read(Binder& binder, const YamlNode& node, const Shape& shape, std::uint64_t& out) {
  const bool is_size = shape.kind == Shape::Kind::size;
  std::optional<std::uint64_t> value;
  if (is_scalar(node) && (is_size || is_yaml_number(node))) {
    value = is_size ? parse_size(node.text) : std::nullopt;
    if (!is_size) {
      // By way of double, so that -1 and 1e3 are told as out of range or read, not as "no number".
      const auto number = parse_number(node.text);
      if (number && std::floor(*number) == *number) {
        if (!check_range(binder, node, shape, *number)) {
          return false;
        }
        value = static_cast<std::uint64_t>(*number);
      }
    }
  }
  if (!value) {
    binder.wrong_type(node, shape);
    return false;
  }
  if (!check_range(binder, node, shape, static_cast<double>(*value))) {
    return false;
  }
  out = *value;
  return true;
}

bool read(Binder& binder, const YamlNode& node, const Shape& shape, std::uint32_t& out) {
  std::uint64_t wide = 0;
  if (!read(binder, node, shape, wide)) {
    return false;
  }
  out = static_cast<std::uint32_t>(wide);
  return true;
}

bool read(Binder& binder, const YamlNode& node, const Shape& shape, base::Duration& out) {
  const auto value = is_scalar(node) ? base::parse_duration(node.text) : std::nullopt;
  if (!value) {
    binder.wrong_type(node, shape);
    return false;
  }
  const double seconds = std::chrono::duration<double>(*value).count();
  if (seconds < shape.least || seconds > shape.most) {
    binder.fault(faults::out_of_range,
                 fmt::format("{}{} is out of range; expected {} s to {} s", binder.prefix(), base::printable(node.text),
                             shape.least, shape.most),
                 node);
    return false;
  }
  out = *value;
  return true;
}

bool read(Binder& binder, const YamlNode& node, const Shape& shape, std::optional<base::Instant>& out) {
  const auto value = is_scalar(node) && !is_yaml_number(node) ? base::parse_instant(node.text) : std::nullopt;
  if (!value) {
    binder.wrong_type(node, shape);
    return false;
  }
  out = *value;
  return true;
}

bool read(Binder& binder, const YamlNode& node, const Shape& shape, std::optional<base::Digest>& out) {
  const auto value = is_scalar(node) ? base::parse_digest(node.text) : std::nullopt;
  if (!value) {
    binder.wrong_type(node, shape);
    return false;
  }
  out = *value;
  return true;
}

bool read_choice(Binder& binder, const YamlNode& node, const Shape& shape, std::size_t& out) {
  std::string word;
  if (!read(binder, node, shape, word)) {
    return false;
  }
  out = static_cast<std::size_t>(std::ranges::find(shape.allowed, word) - shape.allowed.begin());
  return true;
}

bool check_container(Binder& binder, const YamlNode& node, const Shape& shape) {
  const auto wanted = shape.kind == Shape::Kind::list ? YamlNode::Kind::sequence : YamlNode::Kind::mapping;
  if (node.kind != wanted) {
    binder.wrong_type(node, shape);
    return false;
  }
  if (static_cast<double>(node.children.size()) < shape.least) {
    binder.fault(faults::missing_key,
                 fmt::format("{}empty; expected {} with at least one entry", binder.prefix(), expected_phrase(shape)),
                 node);
    return false;
  }
  return true;
}

}  // namespace cachewitness::manifest
