#include "app/baseline.h"

#include <map>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "app/evidence_input.h"

namespace cachewitness::app {

namespace {

// Numbers of the arming run to numbers of the plan, by name.
class CellMap {
 public:
  CellMap(const evidence::Roster& from, const plan::Plan& plan) : from_(from), plan_(plan) {
    for (const plan::Lane& lane : plan.lanes()) {
      const evidence::EdgeEntry& edge = plan.roster().edge(lane.edge);
      edges_[{edge.environment, edge.name}] = lane.edge;
    }
  }

  // False where the plan has no such cell.
  bool translate(evidence::Cell& cell) const {
    const evidence::EdgeEntry& edge = from_.edge(cell.edge);
    const auto found = edges_.find({edge.environment, edge.name});
    const evidence::Roster& to = plan_.roster();
    const auto tenant = to.tenants.find(from_.tenant(cell.tenant));
    const auto asset = to.assets.find(from_.asset(cell.asset));
    const auto variant = to.variants.find(from_.variant(cell.variant));
    if (found == edges_.end() || !tenant || !asset || !variant) {
      return false;
    }
    cell = {found->second, {*tenant}, {*asset}, {*variant}};
    return true;
  }

 private:
  const evidence::Roster& from_;
  const plan::Plan& plan_;
  std::map<std::pair<std::string, std::string>, evidence::EdgeId> edges_;
};

}  // namespace

base::Result<BaselineCounts> load_baseline(ports::Files& files, const std::string& path, const plan::Plan& plan,
                                           const std::function<void(evidence::Evidence)>& take) {
  auto input = EvidenceInput::open(files, path);
  if (!input) {
    return std::unexpected(std::move(input).error());
  }
  if ((*input)->header().purpose != evidence::Purpose::arm) {
    return base::fail(base::errors::bad_evidence,
                      "this is the evidence of a `verify`; --baseline takes what `cachewitness arm` recorded",
                      {path, 1, 1});
  }
  const CellMap cells((*input)->roster(), plan);
  BaselineCounts counts;
  const auto read = (*input)->read_all([&](evidence::Evidence& evidence) {
    if (evidence.role != evidence::Role::probe) {
      return;
    }
    if (!cells.translate(evidence.cell)) {
      ++counts.left_out;
      return;
    }
    evidence.role = evidence::Role::baseline;
    take(std::move(evidence));
    ++counts.taken;
  });
  if (!read) {
    return std::unexpected(read.error());
  }
  return counts;
}

}  // namespace cachewitness::app
