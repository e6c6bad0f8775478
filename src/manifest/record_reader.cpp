#include "manifest/record_reader.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>
#include <boost/json.hpp>

#include "base/text.h"
#include "manifest/csv_records.h"
#include "manifest/fault_ids.h"

namespace cachewitness::manifest {

namespace json = boost::json;

void RecordField::append_words(std::vector<std::string_view>& out) const {
  if (is_list) {
    out.insert(out.end(), items.begin(), items.end());
    return;
  }
  constexpr std::string_view separators = "; ";
  std::size_t start = value.find_first_not_of(separators);
  while (start != std::string_view::npos) {
    const std::size_t end = value.find_first_of(separators, start);
    out.push_back(value.substr(start, end - start));
    start = value.find_first_not_of(separators, end);
  }
}

class RecordReader::Parser {
 public:
  Parser(RecordRules rules, FaultList& faults, TakeRecord take)
      : rules_(std::move(rules)), faults_(faults), take_(std::move(take)) {}
  virtual ~Parser() = default;
  virtual void feed(std::string_view chunk) = 0;
  virtual void finish() = 0;

 protected:
  RecordRules rules_;
  FaultList& faults_;
  TakeRecord take_;
  std::vector<RecordField> fields_;  // of the record at hand; reused
};

class RecordReader::CsvParser final : public Parser {
 public:
  CsvParser(RecordRules rules, FaultList& faults, TakeRecord take)
      : Parser(std::move(rules), faults, std::move(take)),
        records_(
            [this](auto fields, auto line) { take_row(fields, line); },
            [this](std::string message, auto line) { faults_.add(faults::bad_record, std::move(message), line); }) {}

  void feed(std::string_view chunk) override { records_.feed(chunk); }

  void finish() override {
    records_.finish();
    if (header_.empty() && faults_.empty()) {
      faults_.add(faults::bad_header, fmt::format("empty; expected a header row such as \"{}\"", column_list()), 1);
    }
  }

 private:
  [[nodiscard]] std::string column_list() const {
    std::string out;
    for (const auto name : rules_.known_columns.empty() ? rules_.required_columns : rules_.known_columns) {
      out += fmt::format("{}{}", out.empty() ? "" : ",", name);
    }
    return out;
  }

  void take_row(std::span<const std::string_view> row, std::uint32_t line) {
    if (header_.empty()) {
      take_header(row, line);
      return;
    }
    if (!is_header_good_) {
      return;
    }
    if (row.size() != header_.size()) {
      faults_.add(faults::bad_record,
                  fmt::format("{} columns where the header has {}; put a value with a comma in quotes", row.size(),
                              header_.size()),
                  line);
      return;
    }
    for (std::size_t i = 0; i < row.size(); ++i) {
      fields_[i].value = base::trim(row[i]);
    }
    take_(fields_, line);
  }

  void take_header(std::span<const std::string_view> row, std::uint32_t line) {
    for (const std::string_view cell : row) {
      header_.emplace_back(base::trim(cell));
    }
    std::vector<std::string_view> given(header_.begin(), header_.end());
    for (const std::string_view name : rules_.required_columns) {
      if (std::ranges::find(given, name) == given.end()) {
        refuse_header(fmt::format("the header row lacks the column \"{}\"; found: {}", name,
                                  base::printable(fmt::format("{}", fmt::join(given, ", ")))),
                      line);
      }
    }
    for (std::size_t i = 0; i < given.size(); ++i) {
      check_column(given, i, line);
    }
    fields_.resize(header_.size());
    for (std::size_t i = 0; i < header_.size(); ++i) {
      fields_[i].name = header_[i];
    }
  }

  void check_column(const std::vector<std::string_view>& given, std::size_t i, std::uint32_t line) {
    const std::string shown = base::printable(given[i], 60);
    if (given[i].empty() || shown != given[i]) {
      refuse_header(fmt::format("column {} of the header row has no proper name: \"{}\"", i + 1, shown), line);
    } else if (std::find(given.begin(), given.begin() + static_cast<std::ptrdiff_t>(i), given[i]) !=
               given.begin() + static_cast<std::ptrdiff_t>(i)) {
      refuse_header(fmt::format("the column \"{}\" is there twice", shown), line);
    } else if (!rules_.known_columns.empty() &&
               std::ranges::find(rules_.known_columns, given[i]) == rules_.known_columns.end()) {
      refuse_header(fmt::format("unknown column \"{}\"{}; known: {}", shown,
                                did_you_mean(given[i], rules_.known_columns), column_list()),
                    line);
    }
  }

  void refuse_header(std::string message, std::uint32_t line) {
    faults_.add(faults::bad_header, std::move(message), line);
    is_header_good_ = false;
  }

  CsvRecords records_;
  std::vector<std::string> header_;
  bool is_header_good_ = true;
};

class RecordReader::JsonParser final : public Parser {
 public:
  using Parser::Parser;

  void feed(std::string_view chunk) override {
    while (!chunk.empty()) {
      const std::size_t end = chunk.find('\n');
      const std::string_view part = chunk.substr(0, end);
      if (partial_.empty() && end != std::string_view::npos) {
        take_line(part);  // whole in this chunk: no copy
      } else {
        // One byte over the limit is enough to know that a line is too long.
        partial_.append(part.substr(0, max_record_bytes + 1 - std::min(partial_.size(), max_record_bytes)));
        if (end != std::string_view::npos) {
          take_line(partial_);
          partial_.clear();
        }
      }
      chunk.remove_prefix(end == std::string_view::npos ? chunk.size() : end + 1);
    }
  }

  void finish() override {
    if (!partial_.empty()) {
      take_line(partial_);
      partial_.clear();
    }
  }

 private:
  void refuse(std::string message) { faults_.add(faults::bad_record, std::move(message), line_); }

  void take_line(std::string_view text) {
    ++line_;
    if (line_ == 1 && text.starts_with("\xEF\xBB\xBF")) {
      text.remove_prefix(3);
    }
    if (text.size() > max_record_bytes) {
      refuse("a line of more than 64 KiB");
      return;
    }
    if (base::trim(text).empty() || faults_.is_full()) {
      return;
    }
    json::error_code error;
    parser_.reset();  // lets go of what a bad line left behind, before its memory goes
    memory_.release();
    parser_.reset(&memory_);
    parser_.write(text.data(), text.size(), error);
    if (error) {
      refuse(fmt::format("not a JSON object: {}; one object a line, without line feeds inside", error.message()));
      return;
    }
    const json::value line = parser_.release();
    if (const auto* object = line.if_object()) {
      take_object(*object);
    } else {
      refuse("not a JSON object; expected one such as {\"id\": \"tenant-abc\"}");
    }
  }

  void take_object(const json::object& object) {
    if (const auto* schema = object.if_contains("schema"); schema != nullptr && line_ == 1 && object.size() == 1) {
      const auto* name = schema->if_string();
      if (name == nullptr || std::string_view(*name) != rules_.schema) {
        refuse(fmt::format("the schema is not \"{}\"", rules_.schema));
      }
      return;
    }
    std::size_t used = 0;
    for (const auto& [name, value] : object) {
      if (used == fields_.size()) {
        fields_.emplace_back();
      }
      if (!value.is_null() && !take_field({name.data(), name.size()}, value, fields_[used++])) {
        return;
      }
    }
    take_({fields_.data(), used}, line_);
  }

  bool take_field(std::string_view name, const json::value& value, RecordField& out) {
    out.name = name;
    out.value = {};
    out.items.clear();
    out.is_list = value.is_array();
    if (name.empty() || base::printable(name, 60) != name) {
      refuse(fmt::format("\"{}\" is not a proper name of a field", base::printable(name, 60)));
      return false;
    }
    if (!rules_.known_columns.empty() && std::ranges::find(rules_.known_columns, name) == rules_.known_columns.end()) {
      refuse(fmt::format("unknown field \"{}\"{}", name, did_you_mean(name, rules_.known_columns)));
      return false;
    }
    if (const auto* text = value.if_string()) {
      out.value = {text->data(), text->size()};
      return true;
    }
    const auto* list = value.if_array();
    for (std::size_t i = 0; list != nullptr && i < list->size(); ++i) {
      const auto* item = (*list)[i].if_string();
      if (item == nullptr) {
        list = nullptr;
        break;
      }
      out.items.emplace_back(item->data(), item->size());
    }
    if (list == nullptr) {
      refuse(fmt::format("\"{}\" is neither a string nor a list of strings", name));
    }
    return list != nullptr;
  }

  static json::parse_options options() {
    json::parse_options limits;
    limits.max_depth = 8;
    return limits;
  }

  std::array<unsigned char, std::size_t{16} * 1024> first_block_{};
  json::monotonic_resource memory_{first_block_.data(), first_block_.size()};
  json::parser parser_{json::storage_ptr(), options()};
  std::string partial_;
  std::uint32_t line_ = 0;
};

RecordReader::RecordReader(RecordRules rules, FaultList& faults, TakeRecord take) : faults_(faults) {
  if (rules.format == ListFormat::csv) {
    parser_ = std::make_unique<CsvParser>(std::move(rules), faults, std::move(take));
  } else {
    parser_ = std::make_unique<JsonParser>(std::move(rules), faults, std::move(take));
  }
}

RecordReader::~RecordReader() = default;

void RecordReader::feed(std::string_view chunk) {
  if (!faults_.is_full()) {
    parser_->feed(chunk);
  }
}

void RecordReader::finish() {
  if (!faults_.is_full()) {
    parser_->finish();
  }
}

}  // namespace cachewitness::manifest
