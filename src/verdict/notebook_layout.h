// How a notebook lays out its rows and strings: what writes them and what reads them back agree on it. Of notebook.cpp
// and notebook_reading.cpp alone.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/time.h"
#include "evidence/roster.h"
#include "verdict/ledger.h"
#include "verdict/url_pattern.h"

namespace cachewitness::verdict {

// The columns of the ledgers. Numbers that grow along with the rows are kept as what they differ by.
enum Column : std::size_t {
  id_column,  // less the row's index
  sent_column,
  took_column,
  connection_column,
  edge_column,
  replica_column,
  variant_column,
  sample_column,
  before_column,  // how many rows the trail's one before lies back; 0 = none
  form_column,
  version_column,
  words_column,
  trace_column,
  url_column,
  age_column,   // one more; 0 = none
  date_column,  // in seconds, shifted; 0 = none
  node_column,
  exchange_column,
  column_count
};
static_assert(column_count == Ledger::columns);

// HTTP dates lie in the years 1700 to 2250, so this keeps them above zero.
constexpr std::int64_t date_shift = std::int64_t{1} << 40;
enum FormFlag : std::uint8_t { flag_broken = 1, flag_empty = 2, flag_failure = 4 };
constexpr std::size_t words_text_at = 3;  // after the mark, the field's number, and whether the text is the trace
constexpr std::int64_t second = 1'000'000'000;

// RFC 9110 5.6.7: only the form with a two-digit year, the one with dashes, is read by the time of receipt.
inline bool is_absolute(std::string_view date_text) { return date_text.find('-') == std::string_view::npos; }

inline std::optional<base::Instant> instant_in(std::int64_t date_of_row) {
  return date_of_row == 0 ? std::nullopt : std::optional(base::Instant{(date_of_row - date_shift) * second});
}

template <typename Id>
std::string_view name_in(const base::StringTable& names, Id id) {
  return id.index() < names.size() ? names.at(id.value) : std::string_view{};
}

inline UrlNames names_of(const evidence::Roster& roster, const evidence::Cell& cell) {
  UrlNames names{name_in(roster.tenants, cell.tenant), name_in(roster.assets, cell.asset), {}, {}};
  if (cell.edge.index() < roster.edges.size()) {
    names.edge = roster.edge(cell.edge).name;
    names.region = roster.edge(cell.edge).region;
  }
  return names;
}

}  // namespace cachewitness::verdict
