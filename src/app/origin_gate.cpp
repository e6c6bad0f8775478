#include "app/origin_gate.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "app/run.h"
#include "base/text.h"

namespace cachewitness::app {

namespace {

constexpr base::Duration between_questions = std::chrono::seconds(1);
constexpr std::size_t most_told = 10;

void ask(Run& run, const std::vector<evidence::Cell>& cells) {
  if (cells.empty()) {
    run.ask_origins();
  } else {
    run.ask_origins(cells);
  }
}

bool has_replicas(const plan::Plan& plan) { return !plan.roster().replicas.empty(); }

}  // namespace

base::Result<OriginState> await_origins(const Ports& ports, const plan::Plan& plan, const CommonOptions& common,
                                        const OriginGateOptions& options, const std::string& baseline,
                                        const std::vector<evidence::Cell>& cells, Progress& progress) {
  OriginState state;
  if (options.is_off || !has_replicas(plan)) {
    return state;
  }
  auto settings = run_settings(ports, plan.manifest(), common, {});
  if (!settings) {
    return std::unexpected(std::move(settings).error());
  }
  settings->baseline_path = baseline;
  settings->total = options.deadline;
  settings->asks_edges = false;
  Run run(ports, plan, std::move(*settings), progress);
  if (auto started = run.start(); !started) {
    return std::unexpected(std::move(started).error());
  }
  const base::Tick deadline = ports.clock.tick() + options.deadline;
  while (true) {
    ask(run, cells);
    state.interrupted = run.interrupted();
    if (state.interrupted) {
      return state;
    }
    const base::Instant asked_at = run.at(ports.clock.tick());
    state.troubles = run.judge().finish(run.footer()).origins;
    if (state.troubles.empty() && !run.is_stopped()) {
      state.ready_at = asked_at;
      return state;
    }
    state.is_unanswered = state.troubles.empty();  // and stopped: nothing was seen, which is no agreement
    if (run.is_stopped() || ports.clock.tick() + between_questions >= deadline) {
      return state;
    }
    progress.note(fmt::format("waiting for the origin: {} {}", base::printable(state.troubles.front().replica, 120),
                              base::printable(state.troubles.front().what, 200)));
    run.wait(between_questions, "waiting for the origin");
  }
}

std::string describe(const OriginState& state) {
  if (state.is_unanswered) {
    return " not every replica has answered";
  }
  const std::vector<verdict::OriginTrouble>& troubles = state.troubles;
  std::string text;
  for (std::size_t i = 0; i < std::min(troubles.size(), most_told); ++i) {
    const verdict::OriginTrouble& trouble = troubles[i];
    text += fmt::format("{}{} {}: {} {}, such as {} ({})", i == 0 ? " " : "; ", base::printable(trouble.replica, 200),
                        base::printable(trouble.what, 200), base::grouped(trouble.cells),
                        trouble.cells == 1 ? "object" : "objects", base::printable(trouble.url, 300),
                        base::printable(trouble.serves, 300));
  }
  if (troubles.size() > most_told) {
    text += fmt::format("; and {} more", troubles.size() - most_told);
  }
  return text;
}

}  // namespace cachewitness::app
