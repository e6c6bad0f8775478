// Binder: holds a YAML tree against the key tables and fills a Manifest, collecting every fault with its
// place. Reads scalars; knows nothing of any particular key.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "base/digest.h"
#include "base/error.h"
#include "base/time.h"
#include "manifest/fault_list.h"
#include "manifest/key_table.h"
#include "manifest/url_template.h"
#include "manifest/yaml_tree.h"

namespace cachewitness::manifest {

class Binder {
 public:
  // `file` names the manifest in messages; its folder is where relative paths start.
  explicit Binder(std::string file);

  // Each key of `mapping` by its row; tells unknown and missing ones.
  void bind_table(const Table& table, const YamlNode& mapping, void* owner);

  void fault(base::ErrorId id, std::string message, std::uint32_t line, std::uint32_t column) {
    faults_.add(id, std::move(message), line, column);
  }
  void fault(base::ErrorId id, std::string message, const YamlNode& at) {
    fault(id, std::move(message), at.line, at.column);
  }
  // "\"timeout\": expected a duration such as 30s, found a list".
  void wrong_type(const YamlNode& found, const Shape& expected);

  [[nodiscard]] base::SourceSpan where(const YamlNode& at) const { return {faults_.file(), at.line, at.column}; }
  [[nodiscard]] std::string resolve(std::string_view path) const;
  [[nodiscard]] FaultList& faults() { return faults_; }
  // The innermost key being read as "\"timeout\": ", for the start of a message.
  [[nodiscard]] std::string prefix() const;

  // Rows of `tenants: {inline: [...]}`; they can be checked only when the environments are known.
  std::vector<const YamlNode*> inline_tenants;

 private:
  void tell_unknown_key(const Table& table, const YamlKey& written);

  FaultList faults_;
  std::string_view key_;  // a row's name
};

// What was found, for a message: "a list", "the number 5", "the text \"abc\"".
[[nodiscard]] std::string found_phrase(const YamlNode& node);
// Plain digits and the like, which YAML 1.2 reads as a number and not as text.
[[nodiscard]] bool is_yaml_number(const YamlNode& node);
// A name for people and templates: not empty, printable, at most 200 bytes, without white space at the ends.
void check_name(Binder& binder, std::string_view name, std::string_view what, std::uint32_t line, std::uint32_t column);

// One reader a type. False where a fault was told; `out` is then left as it was.
bool read(Binder& binder, const YamlNode& node, const Shape& shape, std::string& out);
bool read(Binder& binder, const YamlNode& node, const Shape& shape, bool& out);
bool read(Binder& binder, const YamlNode& node, const Shape& shape, double& out);
bool read(Binder& binder, const YamlNode& node, const Shape& shape, std::uint64_t& out);
bool read(Binder& binder, const YamlNode& node, const Shape& shape, std::uint32_t& out);
bool read(Binder& binder, const YamlNode& node, const Shape& shape, base::Duration& out);
bool read(Binder& binder, const YamlNode& node, const Shape& shape, std::optional<base::Instant>& out);
bool read(Binder& binder, const YamlNode& node, const Shape& shape, std::optional<base::Digest>& out);
// The index of the word in `shape.allowed`.
bool read_choice(Binder& binder, const YamlNode& node, const Shape& shape, std::size_t& out);
// Whether the node is of the shape's kind (list, map, table) and has as many entries as it must.
bool check_container(Binder& binder, const YamlNode& node, const Shape& shape);

// The enumerators stand in the order of the shape's allowed words.
template <typename E>
  requires std::is_enum_v<E>
bool read(Binder& binder, const YamlNode& node, const Shape& shape, E& out) {
  std::size_t index = 0;
  const bool is_read = read_choice(binder, node, shape, index);
  out = is_read ? static_cast<E>(index) : out;
  return is_read;
}

template <typename Owner>
concept HasPlace = requires(Owner owner) { owner.where = base::SourceSpan{}; };

// A struct that has a table of its own.
template <typename Owner>
  requires std::is_class_v<Owner>
bool read(Binder& binder, const YamlNode& node, const Shape& shape, Owner& out) {
  if (!check_container(binder, node, shape)) {
    return false;
  }
  if constexpr (HasPlace<Owner>) {
    out.where = binder.where(node);
  }
  binder.bind_table(shape.table(), node, &out);
  return true;
}

// A list, or a map whose keys become the entries' names.
template <typename T>
bool read(Binder& binder, const YamlNode& node, const Shape& shape, std::vector<T>& out) {
  if (!check_container(binder, node, shape)) {
    return false;
  }
  out.clear();  // what is written replaces the default
  for (std::size_t i = 0; i < node.children.size(); ++i) {
    T entry;
    if constexpr (requires { entry.name; }) {
      if (shape.kind == Shape::Kind::map) {
        const YamlKey& key = node.keys[i];
        check_name(binder, key.name, "a name", key.line, key.column);
        entry.name = key.name;
      }
    }
    if (read(binder, node.children[i], shape.parts.front(), entry)) {
      out.push_back(std::move(entry));
    }
  }
  return true;
}

template <typename T>
struct MemberOf;
template <typename Owner, typename Value>
struct MemberOf<Value Owner::*> {
  using owner = Owner;
};

// A row of a table: the key and the member that it fills.
template <auto Member>
Key key(std::string_view name, Shape shape, std::string_view default_json, std::string_view doc) {
  using Owner = typename MemberOf<decltype(Member)>::owner;
  return {name, std::move(shape), default_json, doc,
          [](Binder& binder, const YamlNode& value, const Shape& form, void* owner) {
            read(binder, value, form, static_cast<Owner*>(owner)->*Member);
          }};
}

// A row whose value needs more than storing.
template <typename Owner, void (*Bind)(Binder&, const YamlNode&, const Shape&, Owner&)>
Key key_with(std::string_view name, Shape shape, std::string_view default_json, std::string_view doc) {
  return {name, std::move(shape), default_json, doc,
          [](Binder& binder, const YamlNode& value, const Shape& form, void* owner) {
            Bind(binder, value, form, *static_cast<Owner*>(owner));
          }};
}

inline Key required(Key row) {
  row.is_required = true;
  return row;
}

}  // namespace cachewitness::manifest
