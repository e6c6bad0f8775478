// What a manifest may say, as data: tables of keys, each with its shape, default and one sentence of
// documentation. The binder (bind.h) reads manifests by it and json_schema.cpp prints it, so a key
// exists once. The tables themselves are in manifest_keys.cpp.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cachewitness::manifest {

class Binder;
struct YamlKey;
struct YamlNode;
struct Table;

// The form of a value.
struct Shape {
  enum class Kind : std::uint8_t {
    text,
    boolean,
    count,     // a whole number
    number,    // a number with decimals
    size,      // bytes, "64KiB"
    duration,  // "30s"
    instant,   // RFC 3339
    list,      // of parts[0]
    map,       // name: parts[0]
    table,
    any_of,   // one of parts, told apart by scalar, list or table
    scalar,   // a text, empty too, or a plain number, true or false that is taken as one
    anything  // whatever YAML can say; its reader decides
  };

  Kind kind = Kind::text;
  double least = 0;  // of a number; of a list or map: how many entries there must be
  double most = 0;   // of a number
  std::vector<std::string_view> allowed{};
  const Table& (*table)() = nullptr;
  std::vector<Shape> parts{};
  std::string_view pattern{};   // of a text, for editors; an ECMA regular expression
  std::string_view expected{};  // "a host:port"; empty = said by the kind
};

// "a duration such as 30s": what a person should have written.
[[nodiscard]] std::string expected_phrase(const Shape& shape);

struct Key {
  std::string_view name;
  Shape shape;
  std::string_view default_json;  // empty = none. What the struct's own initialiser says too; a test compares.
  std::string_view doc;
  // Reads `value` into the struct at `owner`, whose type the row knows.
  void (*bind)(Binder& binder, const YamlNode& value, const Shape& shape, void* owner);
  bool is_required = false;
};

struct Table {
  std::string_view name;  // "an edge", for messages
  std::vector<Key> keys;
  // Where any further key may stand; null where none may.
  void (*bind_other)(Binder& binder, const YamlKey& key, const YamlNode& value, void* owner) = nullptr;
  Shape other{};
  std::string_view other_doc{};
};

// A table, and all that it leads to, as a JSON Schema (draft-07), for completion in editors.
[[nodiscard]] std::string json_schema(const Table& table, std::string_view title);

// The whole manifest. Its owner is a Manifest.
[[nodiscard]] const Table& manifest_table();

}  // namespace cachewitness::manifest
