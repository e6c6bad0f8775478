// Judgement: every verdict of a run, and what the gate makes of them. A pure function of evidence.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/time.h"
#include "evidence/evidence.h"
#include "evidence/round.h"
#include "evidence/run_header.h"
#include "manifest/leaks.h"
#include "verdict/edge_profile.h"
#include "verdict/leak_sighting.h"
#include "verdict/state.h"

namespace cachewitness::verdict {

struct Verdict {
  evidence::Cell cell;
  State state = State::inconclusive;
  Cause cause = Cause::none;
  Grade grade = Grade::none;
  double confidence = 0;   // 0..1
  std::string_view rule;   // id of the rule that decided, a string literal
  bool is_waived = false;  // the policy allows this cause
  std::string header;      // header-drift: which
  std::string expected;    // for a person; peer bytes, so escape before showing
  std::string observed;
  std::string why;  // one or two sentences
  std::string remedy;
  std::string url;
  std::vector<std::uint64_t> evidence;  // ids, oldest first
};

struct CellCounts {
  std::uint64_t total = 0;
  std::uint64_t fresh = 0;
  std::uint64_t proven = 0;  // subset of fresh
  std::uint64_t stale = 0;
  std::uint64_t mismatch = 0;
  std::uint64_t leak = 0;
  std::uint64_t error = 0;
  std::uint64_t inconclusive = 0;
  std::uint64_t waived = 0;  // subset of the non-fresh

  void add(State state, Grade grade, bool is_waived) { count(state, grade, is_waived, 1); }
  // Takes back what add() of the same did.
  void remove(State state, Grade grade, bool is_waived) { count(state, grade, is_waived, ~std::uint64_t{0}); }
  CellCounts& operator+=(const CellCounts& other);

 private:
  void count(State state, Grade grade, bool is_waived, std::uint64_t one);
};

struct EdgeSummary {
  evidence::EdgeId edge;
  CellCounts cells;
  std::uint64_t probes = 0;
  base::Duration p50{};  // sent to last byte, answered probes only
  base::Duration p99{};
  std::uint32_t connections_seen = 0;
  EdgeProfile profile;
  // The chance (0..1) that one stale server, of as many equal ones as the roster says hide behind the address, would
  // have been seen: the least over the cells that could be judged. Nothing where there is none, or where more servers
  // named themselves than that.
  std::optional<double> detection_power = {};
};

// A replica that could not be asked, or that differs from the others: reported before any edge is blamed.
struct OriginTrouble {
  std::string replica;  // URL
  std::uint64_t cells = 0;
  std::string what;                     // "unreachable: refused", "serves another version than the other replicas"
  std::vector<std::uint64_t> evidence;  // a few
  std::string url = {};                 // an example, of the first evidence
  std::string serves = {};              // what it answered there, for a person; peer bytes
};

// What leak checks came to, by cells of one edge, tenant and asset.
struct LeakSummary {
  manifest::LeakCheck check = manifest::LeakCheck::cross_tenant;
  std::uint64_t cells = 0;
  std::uint64_t found = 0;
  std::uint64_t clear = 0;   // tried, and nothing found
  std::uint64_t unsure = 0;  // nothing can be said
  std::string why_unsure;    // of the first of these, in order of cells' names
};

struct GateResult {
  bool passed = false;
  base::ExitCode exit_code = base::ExitCode::inconclusive;
  std::vector<std::string> reasons;  // why it did not pass; empty where it did
};

// A cell that was flagged and is fresh since a round of the closed loop.
struct HealedCell {
  evidence::Cell cell;
  Cause cause = Cause::none;  // what it was flagged for before that round
  std::uint16_t round = 0;
  std::string url;
};

// What the closed loop came to. Nothing where the run only verified.
struct LoopResult {
  std::uint16_t most_rounds = 0;
  std::vector<evidence::Round> rounds;  // that there were, in order
  std::vector<HealedCell> healed;       // sorted as findings are
};

struct Judgement {
  CellCounts cells;
  std::uint64_t probes = 0;   // evidence of edges, baseline excluded
  std::uint64_t tenants = 0;  // that had at least one cell judged
  double parity_score = 0;    // fresh or waived cells / cells judged fresh, stale, mismatch or leak; 1 where none
  std::vector<Verdict>
      findings;  // every cell that is not fresh, sorted by environment, region, edge, tenant, asset, variant
  std::vector<EdgeSummary> edges;  // by EdgeId
  std::vector<OriginTrouble> origins;
  std::uint64_t unplanned_cells = 0;     // subset of `cells`: that nothing but leak checks asked for
  std::vector<LeakSummary> leak_checks;  // those that something was seen of, in the order of LeakCheck
  std::uint64_t masked_answers = 0;      // of edges to ordinary probes and of replicas: masks took something
  std::uint64_t masked_bytes = 0;
  std::vector<std::string> affected_tenants;  // stale, mismatch or leak and not waived; sorted
  std::vector<std::string> unsure_tenants;    // else error or inconclusive; sorted
  GateResult gate;
  std::optional<LoopResult> loop;
};

class Books;
class Survey;
struct CellView;
struct Decision;

// Takes evidence in any order; the verdicts do not depend on it. Requires: `header` and `roster` outlive it
// (the roster may grow meanwhile).
class Judge {
 public:
  Judge(const evidence::RunHeader& header, const evidence::Roster& roster);
  ~Judge();
  Judge(const Judge&) = delete;
  Judge& operator=(const Judge&) = delete;

  void add(const evidence::Evidence& evidence);
  // Cells that are not fresh as far as seen, and would be settled by another sample: never error-free cells.
  [[nodiscard]] std::vector<evidence::Cell> suspects() const;
  // Of these, the ones that one more look, some seconds later, might give another cause or make fresh.
  [[nodiscard]] std::vector<evidence::Cell> unsettled() const;
  // The verdict as far as seen.
  [[nodiscard]] Verdict verdict_of(const evidence::Cell& cell) const;
  // The same, by the cells of its own asset alone: cheap while evidence comes in, right about the state, and not
  // always about the cause.
  [[nodiscard]] Verdict first_verdict_of(const evidence::Cell& cell) const;
  // What leak checks have seen of the cell so far, oldest first; valid until more is added.
  [[nodiscard]] std::span<const LeakSighting> leaks_of(const evidence::Cell& cell) const;
  [[nodiscard]] Judgement finish(const evidence::RunFooter& footer) const;
  // For explain().
  [[nodiscard]] const Books& books() const;
  // Fills in what a survey of everything seen can tell of the cell. Requires: the view is of these books.
  void look_across(CellView& view) const;

 private:
  enum class Pass : std::uint8_t { first, second };

  [[nodiscard]] const Survey& survey() const;
  [[nodiscard]] Verdict verdict_of(const evidence::Cell& cell, Pass pass) const;
  [[nodiscard]] std::vector<evidence::Cell> cells_where(bool (*is_wanted)(const CellView&, const Decision&)) const;

  std::unique_ptr<Books> books_;
  mutable std::unique_ptr<Survey> survey_;  // made when it is asked for; null where evidence came since
};

}  // namespace cachewitness::verdict
