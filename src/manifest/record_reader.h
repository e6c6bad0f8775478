// Records of a list that is kept beside the manifest, CSV or NDJSON, as named fields: what tenant and
// expectation lists have in common. A stream: chunks of any size in, one record at a time out. Pure.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "manifest/fault_list.h"

namespace cachewitness::manifest {

enum class ListFormat : std::uint8_t { csv, ndjson };

struct RecordField {
  std::string_view name;
  std::string_view value;               // empty where it is a list
  std::vector<std::string_view> items;  // of a JSON array
  bool is_list = false;

  // The words of a list: of an array, or of text separated by ';' or spaces.
  void append_words(std::vector<std::string_view>& out) const;
};

// Views live for the call.
using TakeRecord = std::function<void(std::span<const RecordField> fields, std::uint32_t line)>;

// What a list must look like.
struct RecordRules {
  ListFormat format = ListFormat::csv;
  std::string_view schema;                         // an NDJSON file may start with {"schema": "..."}
  std::vector<std::string_view> required_columns;  // of a CSV header
  std::vector<std::string_view> known_columns;     // empty = any further column is welcome
};

class RecordReader {
 public:
  // Borrows `faults`.
  RecordReader(RecordRules rules, FaultList& faults, TakeRecord take);
  ~RecordReader();
  RecordReader(const RecordReader&) = delete;
  RecordReader& operator=(const RecordReader&) = delete;

  // Does nothing any more once the list of faults is full.
  void feed(std::string_view chunk);
  void finish();

 private:
  class Parser;
  class CsvParser;
  class JsonParser;
  FaultList& faults_;
  std::unique_ptr<Parser> parser_;
};

}  // namespace cachewitness::manifest
