#include <algorithm>
#include <optional>
#include <set>
#include <span>
#include <utility>

#include "verdict/books.h"
#include "verdict/conclusion.h"
#include "verdict/decide.h"
#include "verdict/edge_summary.h"
#include "verdict/judgement.h"
#include "verdict/leak_tally.h"
#include "verdict/origin_trouble.h"
#include "verdict/plainness.h"
#include "verdict/settled.h"
#include "verdict/survey.h"

namespace cachewitness::verdict {

namespace {

// What another request may settle: content of another version, or content that is not yet dated.
bool is_suspect(const Decision& decision) {
  const Rule* rule = decision.rule;
  return rule != nullptr && (rule->state == State::stale || rule->state == State::mismatch ||
                             rule->cause == Cause::within_propagation || rule->cause == Cause::no_age);
}

// The detection power of each edge: the least of its cells'.
class Powers {
 public:
  explicit Powers(std::size_t edges) : least_(edges) {}

  // Requires: the cell could be judged.
  void add(evidence::EdgeId edge, double power) {
    std::optional<double>& least = least_[edge.index()];
    least = std::min(least.value_or(1.0), power);
  }
  void note(const evidence::Roster& roster, std::vector<EdgeSummary>& edges) const {
    for (EdgeSummary& edge : edges) {
      if (edge.profile.nodes_seen <= std::max(1U, roster.edge(edge.edge).servers)) {
        edge.detection_power = least_[edge.edge.index()];
      }
    }
  }

 private:
  std::vector<std::optional<double>> least_;  // by EdgeId
};

// What the edges' numbers come to, and what is no cell's.
void add_up(const Books& books, Judgement& judgement) {
  for (const EdgeSummary& edge : judgement.edges) {
    judgement.probes += edge.probes;
    judgement.cells += edge.cells;
  }
  judgement.leak_checks = tally_leaks(books);
  judgement.masked_answers = books.masked().answers;
  judgement.masked_bytes = books.masked().bytes;
}

// Of names of files that are none, and of assets that only leak checks ask for: no cells of the plan.
std::vector<Verdict> unplanned_leaks(const Books& books, const std::set<evidence::Cell>& planned) {
  std::vector<Verdict> verdicts;
  for (const auto& [cell, sightings] : books.leaks().cells()) {
    const CellView view = books.leak_view(cell);
    auto decision = planned.contains(cell) ? std::nullopt : decide_leak(view);
    if (decision) {
      verdicts.push_back(tell(view, *std::move(decision)));
    }
  }
  return verdicts;
}

}  // namespace

// `one` may be the -1 of unsigned arithmetic.
void CellCounts::count(State state, Grade grade, bool is_waived, std::uint64_t one) {
  total += one;
  switch (state) {
    case State::fresh:
      fresh += one;
      break;
    case State::stale:
      stale += one;
      break;
    case State::mismatch:
      mismatch += one;
      break;
    case State::leak:
      leak += one;
      break;
    case State::error:
      error += one;
      break;
    case State::inconclusive:
      inconclusive += one;
      break;
  }
  proven += grade == Grade::proven ? one : 0;
  waived += is_waived ? one : 0;
}

CellCounts& CellCounts::operator+=(const CellCounts& other) {
  total += other.total;
  fresh += other.fresh;
  proven += other.proven;
  stale += other.stale;
  mismatch += other.mismatch;
  leak += other.leak;
  error += other.error;
  inconclusive += other.inconclusive;
  waived += other.waived;
  return *this;
}

Judge::Judge(const evidence::RunHeader& header, const evidence::Roster& roster)
    : books_(std::make_unique<Books>(header, roster)) {}
Judge::~Judge() = default;

void Judge::add(const evidence::Evidence& evidence) {
  books_->add(evidence);
  survey_.reset();
}

const Books& Judge::books() const { return *books_; }

const Survey& Judge::survey() const {
  if (!survey_) {
    survey_ = std::make_unique<Survey>(*books_);
  }
  return *survey_;
}

std::vector<evidence::Cell> Judge::cells_where(bool (*is_wanted)(const CellView&, const Decision&)) const {
  std::vector<evidence::Cell> out;
  CellView view;
  const auto look_at = [&](const Dossier& dossier) {
    Plainness plainness(dossier);
    for (const evidence::Cell& cell : dossier.cells()) {
      dossier.view(cell, view);
      const Decision decision = decide(view);
      plainness.add(view, decision);
      if (is_wanted(view, decision)) {
        out.push_back(cell);
      }
    }
    return plainness.value();
  };
  books_->for_each_dossier(look_at, nullptr);
  std::ranges::sort(out);
  return out;
}

std::vector<evidence::Cell> Judge::suspects() const {
  return cells_where([](const CellView&, const Decision& decision) { return is_suspect(decision); });
}

std::vector<evidence::Cell> Judge::unsettled() const {
  return cells_where([](const CellView& view, const Decision& decision) {
    return is_suspect(decision) && !is_settled(view, decision);
  });
}

// A survey reads everything, so that it is made only where a cell has something to learn from it.
void Judge::look_across(CellView& view) const {
  if (Survey::is_needed(view)) {
    survey().look_across(view);
  }
}

Verdict Judge::verdict_of(const evidence::Cell& cell) const { return verdict_of(cell, Pass::second); }

Verdict Judge::first_verdict_of(const evidence::Cell& cell) const { return verdict_of(cell, Pass::first); }

Verdict Judge::verdict_of(const evidence::Cell& cell, Pass pass) const {
  const Dossier dossier = books_->dossier(cell);
  if (dossier.has(cell)) {
    CellView view = dossier.view(cell);
    if (pass == Pass::second) {
      look_across(view);
    }
    return tell(view, decide(view));
  }
  const CellView leak = books_->leak_view(cell);
  if (auto decision = decide_leak(leak)) {
    return tell(leak, *std::move(decision));
  }
  Verdict verdict;
  verdict.cell = cell;
  verdict.cause = Cause::too_few_samples;
  verdict.why = "Nothing was seen of this cell.";
  return verdict;
}

std::span<const LeakSighting> Judge::leaks_of(const evidence::Cell& cell) const { return books_->leaks().of(cell); }

Judgement Judge::finish(const evidence::RunFooter& footer) const {
  const evidence::Roster& roster = books_->roster();
  Judgement judgement;
  judgement.edges = summarize_edges(*books_);
  std::vector<bool> judged(roster.tenants.size());
  OriginTroubles origins(roster);
  Powers powers(judgement.edges.size());
  CellView view;
  const auto count = [&](const evidence::Cell& cell, State state, Grade grade, bool is_waived) {
    judgement.edges[cell.edge.index()].cells.add(state, grade, is_waived);
    judged[cell.tenant.index()] = true;
  };
  std::set<evidence::Cell> leaking;
  const auto judge = [&](const Dossier& dossier) {
    Plainness plainness(dossier);
    origins.add(dossier);
    for (const evidence::Cell& cell : dossier.cells()) {
      dossier.view(cell, view);
      look_across(view);
      Decision decision = decide(view);
      plainness.add(view, decision);
      count(cell, decision.state(), decision.grade, verdict::is_waived(view, decision));
      if (decision.state() != State::error && !view.looks.empty()) {
        powers.add(cell.edge, view.detection_power(base::Instant{}));
      }
      if (decision.state() == State::leak) {
        leaking.insert(cell);
      }
      if (decision.rule != nullptr) {
        judgement.findings.push_back(tell(view, std::move(decision)));
      }
    }
    return plainness.value();
  };
  books_->for_each_dossier(judge, [&](Books::Plain plain, std::span<const evidence::Cell> cells) {
    for (const evidence::Cell& cell : cells) {
      count(cell, State::fresh, plain == Books::Plain::proven ? Grade::proven : Grade::consistent, false);
      powers.add(cell.edge, 1.0);  // of one server
    }
  });
  for (Verdict& leak : unplanned_leaks(*books_, leaking)) {
    ++judgement.unplanned_cells;
    count(leak.cell, State::leak, Grade::none, leak.is_waived);
    judgement.findings.push_back(std::move(leak));
  }
  powers.note(roster, judgement.edges);
  sort_findings(judgement.findings, roster);
  add_up(*books_, judgement);
  judgement.tenants = static_cast<std::uint64_t>(std::ranges::count(judged, true));
  judgement.origins = origins.take();
  conclude(judgement, books_->header(), roster, footer);
  return judgement;
}

}  // namespace cachewitness::verdict
