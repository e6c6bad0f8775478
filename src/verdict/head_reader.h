// HeadReader: the fields that the judge reads, out of one recorded head of an edge after the other. Most lines of
// a head are the lines of the head before; only those that are not are parsed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/head.h"

namespace cachewitness::verdict {

// The names of the fields that are read, numbered, and what each is read for.
class FieldNames {
 public:
  using Uses = std::uint32_t;  // bits that the caller gives a meaning
  static constexpr Uses all_uses = ~Uses{0};

  // Its number; a name that is there already gets the further uses. `name` is in lower case.
  std::size_t add(std::string_view name, Uses uses);
  // Case does not count.
  [[nodiscard]] std::optional<std::size_t> find(std::string_view name) const;
  [[nodiscard]] Uses uses(std::size_t number) const { return entries_.at(number).uses; }
  [[nodiscard]] std::size_t size() const { return entries_.size(); }

 private:
  struct Entry {
    std::string name;
    Uses uses = 0;
  };
  std::vector<Entry> entries_;
};

class HeadReader {
 public:
  // `names` outlives it and grows no more.
  explicit HeadReader(const FieldNames& names) : names_(&names) {}

  // Reads it as http::parse_recorded_head() would: of a head that has a defect, the fields before that. The uses of
  // all fields that may differ from the head before.
  FieldNames::Uses read(std::string_view head);
  // RFC 9110 5.3: all lines of the field joined by ", ", of the head that was read last; none where it is absent.
  [[nodiscard]] std::optional<std::string_view> value(std::size_t name) const;

 private:
  struct Line {
    std::string text;            // with its line end
    std::size_t name_bytes = 0;  // 0: the start line, or the empty one
    std::optional<std::size_t> name;
  };
  struct Field {
    std::string value;
    std::size_t lines = 0;
  };

  [[nodiscard]] std::optional<FieldNames::Uses> follow(std::string_view head);
  [[nodiscard]] bool replace(Line& line, std::string_view head);
  void start_over(std::string_view head);
  void remember(std::string_view head);

  const FieldNames* names_;
  std::vector<Field> fields_;  // by number of the name
  std::vector<Line> lines_;    // of the head before; empty where it had a defect, or is too long to be kept
  http::ResponseHead head_;    // its views are stale between calls; kept for its capacity
};

}  // namespace cachewitness::verdict
