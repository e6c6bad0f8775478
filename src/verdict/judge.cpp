#include <algorithm>
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
bool is_suspect(const Verdict& verdict) {
  return verdict.state == State::stale || verdict.state == State::mismatch ||
         verdict.cause == Cause::within_propagation || verdict.cause == Cause::no_age;
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

void CellCounts::add(const Verdict& verdict) {
  ++total;
  switch (verdict.state) {
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
  proven += verdict.grade == Grade::proven ? 1 : 0;
  waived += verdict.is_waived ? 1 : 0;
}

Judge::Judge(const evidence::RunHeader& header, const evidence::Roster& roster)
    : books_(std::make_unique<Books>(header, roster)) {}
Judge::~Judge() = default;

void Judge::add(const evidence::Evidence& evidence) { books_->add(evidence); }

const Books& Judge::books() const { return *books_; }

std::vector<evidence::Cell> Judge::suspects() const {
  std::vector<evidence::Cell> out;
  for (const evidence::Cell& cell : books_->cells()) {
    if (is_suspect(decide(books_->view(cell)))) {
      out.push_back(cell);
    }
  }
  return out;
}

Verdict Judge::verdict_of(const evidence::Cell& cell) const {
  if (books_->has(cell)) {
    return decide(books_->view(cell));
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
  TenantNames judged(roster);
  TenantNames affected(roster);
  TenantNames unsure(roster);
  std::uint64_t blamed = 0;
  std::uint64_t unsettled = 0;
  std::uint64_t tolerated = 0;
  for (const evidence::Cell& cell : books_->cells()) {
    Verdict verdict = decide(books_->view(cell));
    judgement.cells.add(verdict);
    judgement.edges[cell.edge.index()].cells.add(verdict);
    judged.add(cell.tenant);
    if (verdict.state == State::fresh) {
      continue;
    }
    if (is_blamed(verdict.state)) {
      ++(verdict.is_waived ? tolerated : blamed);
    } else if (!verdict.is_waived) {
      ++unsettled;
    }
    if (!verdict.is_waived) {
      (is_blamed(verdict.state) ? affected : unsure).add(cell.tenant);
    }
    judgement.findings.push_back(std::move(verdict));
  }
  std::ranges::sort(judgement.findings, ByNames{roster});
  for (const EdgeSummary& edge : judgement.edges) {
    judgement.probes += edge.probes;
  }
  judgement.tenants = judged.count();
  judgement.affected_tenants = affected.names_without(nullptr);
  judgement.unsure_tenants = unsure.names_without(&affected);
  judgement.origins = find_origin_trouble(*books_);
  const std::uint64_t good = judgement.cells.fresh + tolerated;
  judgement.parity_score = good + blamed == 0 ? 1.0 : static_cast<double>(good) / static_cast<double>(good + blamed);
  judgement.gate =
      judge_gate({judgement.cells, judgement.parity_score, blamed, unsettled}, books_->header().gate, footer);
  return judgement;
}

}  // namespace cachewitness::verdict
