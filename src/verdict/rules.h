// Rules: each knows one way in which a cell can be wrong, or in which nobody can tell. One table, in the
// order of decision: the first that fires gives the verdict; a cell that none fires for is fresh.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "verdict/cell_view.h"
#include "verdict/state.h"

namespace cachewitness::verdict {

enum class Outcome : std::uint8_t {
  does_not_apply,  // the question does not arise for this cell
  passes,          // it arose, and the cell is in order
  fires,           // it decides the cell, unless an earlier rule did
  cannot_tell,     // the evidence is too thin for this rule; `why` says what is missing
};

[[nodiscard]] std::string_view name(Outcome outcome);

// What a rule takes to fire: most cells are fresh, and are then not shown to the rules that want more.
enum class Occasion : std::uint8_t {
  any,
  failure,        // a request that got no answer
  other_answer,   // an answer that is not known to be current
  leak_sighting,  // a step of a leak check, or an answer that names another tenant
};

struct Ruling {
  Outcome outcome = Outcome::does_not_apply;
  double confidence = 0;  // where it fires
  std::string header;     // which field differs
  std::string expected;   // peer bytes: escape before showing
  std::string observed;
  std::string why;          // for a person, escaped; of every outcome but does_not_apply
  std::string_view remark;  // a literal in place of `why`: most rules pass most cells, and nobody asks why

  [[nodiscard]] std::string_view reason() const { return why.empty() ? remark : std::string_view(why); }
};

struct Rule {
  std::string_view id;  // kebab-case, stable, never reused
  State state = State::inconclusive;
  Cause cause = Cause::none;
  Occasion occasion = Occasion::any;
  std::string_view failure_mode;  // "F1"; empty where it has no number
  std::string_view anchor;        // "RFC 9111 4.2.3"
  std::string_view summary;       // one line
  std::string_view explanation;   // a paragraph for a person who has never read the RFC
  std::string_view remedy;        // may hold {edge}, {url}, {variant}, {header}
  Ruling (*judge)(const CellView&) = nullptr;
};

// In decision order.
[[nodiscard]] std::span<const Rule* const> rules();
// Null where there is none of that id.
[[nodiscard]] const Rule* find_rule(std::string_view id);

// The rulings a rule may give.
// Here in full, because most rules say so of most cells.
[[nodiscard]] inline Ruling does_not_apply() { return {}; }
[[nodiscard]] Ruling passes(std::string why);
template <std::size_t size>
[[nodiscard]] Ruling passes(const char (&literal)[size]) {
  Ruling ruling;
  ruling.outcome = Outcome::passes;
  ruling.remark = literal;
  return ruling;
}
[[nodiscard]] Ruling cannot_tell(std::string why);
// Expected is the truth, observed is the answer looked at.
[[nodiscard]] Ruling fires(const CellView& view, const Sighting& observed, double confidence, std::string why);

struct LeakWords {
  double confidence = 0;
  std::string header;
  std::string why;
};
// The same of a leak rule; `expected` is what a visitor should have got.
[[nodiscard]] Ruling leaks(const LeakSighting& observed, std::string expected, LeakWords words);

}  // namespace cachewitness::verdict
