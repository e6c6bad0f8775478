#include <algorithm>
#include <optional>
#include <span>
#include <tuple>
#include <utility>

#include "verdict/books.h"
#include "verdict/decide.h"
#include "verdict/edge_summary.h"
#include "verdict/gate.h"
#include "verdict/judgement.h"
#include "verdict/origin_trouble.h"

namespace cachewitness::verdict {

namespace {

bool is_blamed(State state) { return state == State::stale || state == State::mismatch || state == State::leak; }

// What another request may settle: content of another version, or content that is not yet dated.
bool is_suspect(const Decision& decision) {
  const Rule* rule = decision.rule;
  return rule != nullptr && (rule->state == State::stale || rule->state == State::mismatch ||
                             rule->cause == Cause::within_propagation || rule->cause == Cause::no_age);
}

// Ids of tenants as sorted names, each once.
class TenantNames {
 public:
  explicit TenantNames(const evidence::Roster& roster) : roster_(roster), is_in_(roster.tenants.size()) {}

  void add(evidence::TenantId tenant) { is_in_.at(tenant.index()) = true; }
  [[nodiscard]] bool has(evidence::TenantId tenant) const { return is_in_.at(tenant.index()); }
  [[nodiscard]] std::uint64_t count() const { return static_cast<std::uint64_t>(std::ranges::count(is_in_, true)); }
  [[nodiscard]] std::vector<std::string> names_without(const TenantNames* other) const {
    std::vector<std::string> names;
    for (std::uint32_t i = 0; i < is_in_.size(); ++i) {
      const evidence::TenantId tenant{i};
      if (has(tenant) && (other == nullptr || !other->has(tenant))) {
        names.emplace_back(roster_.tenant(tenant));
      }
    }
    std::ranges::sort(names);
    return names;
  }

 private:
  const evidence::Roster& roster_;
  std::vector<bool> is_in_;
};

// What the gate and the tenants' lists need of all cells.
struct Tally {
  TenantNames judged;
  TenantNames affected;
  TenantNames unsure;
  std::uint64_t blamed = 0;     // stale, mismatch and leak, not waived
  std::uint64_t unsettled = 0;  // error and inconclusive, not waived
  std::uint64_t tolerated = 0;  // stale, mismatch and leak, waived

  explicit Tally(const evidence::Roster& roster) : judged(roster), affected(roster), unsure(roster) {}

  void add(const evidence::Cell& cell, State state, bool is_waived) {
    judged.add(cell.tenant);
    if (state == State::fresh) {
      return;
    }
    if (is_waived) {
      tolerated += is_blamed(state) ? 1 : 0;
      return;
    }
    ++(is_blamed(state) ? blamed : unsettled);
    (is_blamed(state) ? affected : unsure).add(cell.tenant);
  }
};

// Whether a dossier needs no second look: see Books::Plain.
class Plainness {
 public:
  explicit Plainness(const Dossier& dossier) {
    for (std::uint32_t i = 0; i < dossier.variants(); ++i) {
      const Truth& truth = dossier.truth(evidence::VariantId{i});
      is_plain_ = is_plain_ && truth.silent.empty() && truth.lagging.empty() && !truth.is_divided;
    }
  }

  void add(const CellView& view, const Decision& decision) {
    const bool is_first = grade_ == Grade::none;
    is_plain_ = is_plain_ && decision.rule == nullptr && view.servers <= 1 && (is_first || decision.grade == grade_);
    grade_ = decision.grade;
  }
  [[nodiscard]] Books::Plain value() const {
    if (!is_plain_) {
      return Books::Plain::no;
    }
    return grade_ == Grade::proven ? Books::Plain::proven : Books::Plain::consistent;
  }

 private:
  bool is_plain_ = true;
  Grade grade_ = Grade::none;  // of the cells so far
};

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

struct ByNames {
  const evidence::Roster& roster;

  // Edges in the manifest's order within an environment: that is its order of regions.
  bool operator()(const Verdict& a, const Verdict& b) const { return key(a.cell) < key(b.cell); }

  [[nodiscard]] std::tuple<std::string_view, evidence::EdgeId, std::string_view, std::string_view, std::string_view>
  key(const evidence::Cell& cell) const {
    return {roster.edge(cell.edge).environment, cell.edge, roster.tenant(cell.tenant), roster.asset(cell.asset),
            roster.variant(cell.variant)};
  }
};

}  // namespace

void CellCounts::add(State state, Grade grade, bool is_waived) {
  ++total;
  switch (state) {
    case State::fresh:
      ++fresh;
      break;
    case State::stale:
      ++stale;
      break;
    case State::mismatch:
      ++mismatch;
      break;
    case State::leak:
      ++leak;
      break;
    case State::error:
      ++error;
      break;
    case State::inconclusive:
      ++inconclusive;
      break;
  }
  proven += grade == Grade::proven ? 1 : 0;
  waived += is_waived ? 1 : 0;
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

void Judge::add(const evidence::Evidence& evidence) { books_->add(evidence); }

const Books& Judge::books() const { return *books_; }

std::vector<evidence::Cell> Judge::suspects() const {
  std::vector<evidence::Cell> out;
  CellView view;
  const auto look_at = [&](const Dossier& dossier) {
    Plainness plainness(dossier);
    for (const evidence::Cell& cell : dossier.cells()) {
      dossier.view(cell, view);
      const Decision decision = decide(view);
      plainness.add(view, decision);
      if (is_suspect(decision)) {
        out.push_back(cell);
      }
    }
    return plainness.value();
  };
  books_->for_each_dossier(look_at, nullptr);
  std::ranges::sort(out);
  return out;
}

Verdict Judge::verdict_of(const evidence::Cell& cell) const {
  const Dossier dossier = books_->dossier(cell);
  if (dossier.has(cell)) {
    const CellView view = dossier.view(cell);
    return tell(view, decide(view));
  }
  Verdict verdict;
  verdict.cell = cell;
  verdict.cause = Cause::too_few_samples;
  verdict.why = "Nothing was seen of this cell.";
  return verdict;
}

Judgement Judge::finish(const evidence::RunFooter& footer) const {
  const evidence::Roster& roster = books_->roster();
  Judgement judgement;
  judgement.edges = summarize_edges(*books_);
  Tally tally(roster);
  OriginTroubles origins(roster);
  Powers powers(judgement.edges.size());
  CellView view;
  const auto count = [&](const evidence::Cell& cell, State state, Grade grade, bool is_waived) {
    judgement.edges[cell.edge.index()].cells.add(state, grade, is_waived);
    tally.add(cell, state, is_waived);
  };
  const auto judge = [&](const Dossier& dossier) {
    Plainness plainness(dossier);
    origins.add(dossier);
    for (const evidence::Cell& cell : dossier.cells()) {
      dossier.view(cell, view);
      Decision decision = decide(view);
      plainness.add(view, decision);
      count(cell, decision.state(), decision.grade, verdict::is_waived(view, decision));
      if (decision.state() != State::error && !view.looks.empty()) {
        powers.add(cell.edge, view.detection_power(base::Instant{}));
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
  powers.note(roster, judgement.edges);
  std::ranges::sort(judgement.findings, ByNames{roster});
  for (const EdgeSummary& edge : judgement.edges) {
    judgement.probes += edge.probes;
    judgement.cells += edge.cells;
  }
  judgement.tenants = tally.judged.count();
  judgement.affected_tenants = tally.affected.names_without(nullptr);
  judgement.unsure_tenants = tally.unsure.names_without(&tally.affected);
  judgement.origins = origins.take();
  const std::uint64_t good = judgement.cells.fresh + tally.tolerated;
  const std::uint64_t compared = good + tally.blamed;
  judgement.parity_score = compared == 0 ? 1.0 : static_cast<double>(good) / static_cast<double>(compared);
  judgement.gate = judge_gate(
      {judgement.cells, judgement.parity_score, tally.blamed, tally.unsettled, books_->header().planned_cells},
      books_->header().gate, footer);
  return judgement;
}

}  // namespace cachewitness::verdict
