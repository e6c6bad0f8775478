// The key tables as a JSON Schema (draft-07), for completion in editors.
#include <cmath>
#include <cstdint>
#include <string>

#include "base/json_writer.h"
#include "manifest/key_table.h"
#include "manifest/parse_manifest.h"

namespace cachewitness::manifest {

namespace {

using Kind = Shape::Kind;

constexpr std::string_view size_pattern = "^[0-9]+ ?(KiB|MiB|GiB)?$";
constexpr std::string_view duration_pattern = "^([0-9]+(\\.[0-9]+)?(h|m|s|ms|us|ns))+$";
constexpr std::string_view instant_pattern = "^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}";

// Tables nest as deep as the code has tables.
class SchemaWriter {
 public:
  std::string write(const Table& table, std::string_view title) {
    json_.begin_object();
    json_.member("$schema", std::string_view("http://json-schema.org/draft-07/schema#"));
    json_.member("title", title);
    write_table(table);
    json_.end_object();
    return out_ + "\n";
  }

 private:
  void write_table(const Table& table) {
    json_.member("type", std::string_view("object"));
    json_.begin_object("properties");
    std::vector<std::string_view> needed;
    for (const Key& row : table.keys) {
      if (row.is_required) {
        needed.push_back(row.name);
      }
      json_.begin_object(row.name);
      json_.member("description", row.doc);
      if (!row.default_json.empty()) {
        json_.key("default");
        json_.raw(row.default_json);
      }
      write_shape(row.shape);
      json_.end_object();
    }
    json_.end_object();
    if (!needed.empty()) {
      json_.strings("required", needed);
    }
    write_others(table);
  }

  void write_others(const Table& table) {
    if (table.bind_other == nullptr) {
      json_.key("additionalProperties");
      json_.raw("false");
      return;
    }
    json_.begin_object("additionalProperties");
    json_.member("description", table.other_doc);
    write_shape(table.other);
    json_.end_object();
  }

  void write_text(const Shape& shape) {
    json_.member("type", std::string_view("string"));
    if (!shape.allowed.empty()) {
      json_.strings("enum", shape.allowed);
    } else {
      json_.key("minLength");
      json_.raw("1");
    }
    if (!shape.pattern.empty()) {
      json_.member("pattern", shape.pattern);
    }
  }

  void write_number(const Shape& shape, std::string_view type) {
    json_.member("type", type);
    if (shape.most < 1e300) {
      write_bound("minimum", shape.least);
      write_bound("maximum", shape.most);
    }
  }

  void write_size(const Shape& shape) {
    json_.begin_array("oneOf");
    json_.begin_object();
    write_number(shape, "integer");
    json_.end_object();
    json_.begin_object();
    write_pattern(size_pattern);
    json_.end_object();
    json_.end_array();
  }

  void write_pattern(std::string_view pattern) {
    json_.member("type", std::string_view("string"));
    json_.member("pattern", pattern);
  }

  void write_parts(const Shape& shape) {
    json_.begin_array("anyOf");
    for (const Shape& part : shape.parts) {
      json_.begin_object();
      write_shape(part);
      json_.end_object();
    }
    json_.end_array();
  }

  void write_entries(std::string_view type, std::string_view least_name, std::string_view entry_name,
                     const Shape& shape) {
    json_.member("type", type);
    write_bound(least_name, shape.least);
    json_.begin_object(entry_name);
    write_shape(shape.parts.front());
    json_.end_object();
  }

  void write_shape(const Shape& shape) {
    switch (shape.kind) {
      case Kind::text:
        write_text(shape);
        break;
      case Kind::boolean:
        json_.member("type", std::string_view("boolean"));
        break;
      case Kind::count:
        write_number(shape, "integer");
        break;
      case Kind::number:
        write_number(shape, "number");
        break;
      case Kind::size:
        write_size(shape);
        break;
      case Kind::duration:
        write_pattern(duration_pattern);
        break;
      case Kind::instant:
        write_pattern(instant_pattern);
        break;
      case Kind::list:
        write_entries("array", "minItems", "items", shape);
        break;
      case Kind::map:
        write_entries("object", "minProperties", "additionalProperties", shape);
        break;
      case Kind::table:
        write_table(shape.table());
        break;
      case Kind::any_of:
        write_parts(shape);
        break;
      case Kind::scalar:
        json_.strings("type", std::vector<std::string_view>{"string", "number", "boolean"});
        break;
      case Kind::anything:
        break;
    }
  }

  // Bounds are kept as double; whole ones are written whole.
  void write_bound(std::string_view name, double value) {
    json_.key(name);
    if (std::floor(value) == value) {
      json_.value(static_cast<std::int64_t>(value));
    } else {
      json_.value(value);
    }
  }

  std::string out_;
  base::JsonWriter json_{out_, base::JsonWriter::Layout::indented};
};

}  // namespace

std::string json_schema(const Table& table, std::string_view title) { return SchemaWriter().write(table, title); }

std::string manifest_json_schema() { return json_schema(manifest_table(), "Cachewitness manifest, version 1"); }

}  // namespace cachewitness::manifest
