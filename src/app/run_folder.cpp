#include "app/run_folder.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "app/load_manifest.h"
#include "app/private_file.h"
#include "base/text.h"
#include "base/time.h"
#include "report/read_log.h"
#include "skill/fault_ids.h"

namespace cachewitness::app {

std::string RunFolder::attempt(std::size_t instance, std::string_view step, std::uint32_t number,
                               bool is_rollback) const {
  return fmt::format("{}/steps/{:03}-{}/{}", path, instance + 1, step,
                     is_rollback ? "rollback" : std::to_string(number));
}

namespace {

constexpr std::size_t max_log_bytes = std::size_t{64} << 20;

// Ids tell the second; the journals of runs of one second tell more.
std::string newest(const Ports& ports, const std::vector<std::string>& ids) {
  const std::string_view second = std::string_view(ids.front()).substr(0, ids.front().rfind('-'));
  std::pair<base::Instant, std::string> best;
  for (const std::string& id : ids) {
    if (!id.starts_with(second)) {
      break;
    }
    const RunFolder run = run_named(ports.environment, id);
    const auto journal = load_journal(ports, run);
    best = std::max(best, {journal ? journal->header.started_at : base::Instant{}, id});
  }
  return best.second;
}

}  // namespace

std::string runs_folder(const ports::Environment& environment) { return state_folder(environment) + "/runs"; }

RunFolder run_named(const ports::Environment& environment, std::string_view id) {
  return {fmt::format("{}/{}", runs_folder(environment), id)};
}

std::vector<std::string> list_runs(const Ports& ports) {
  std::vector<std::string> ids;
  const auto entries = ports.files.list(runs_folder(ports.environment));
  for (const ports::FolderEntry& entry : entries ? *entries : std::vector<ports::FolderEntry>{}) {
    const RunFolder run = run_named(ports.environment, entry.name);
    if (entry.kind == ports::FolderEntry::Kind::folder && ports.files.exists(run.journal())) {
      ids.push_back(entry.name);
    }
  }
  std::ranges::reverse(ids);
  return ids;
}

base::Result<RunFolder> find_run(const Ports& ports, const std::string& name) {
  std::string wanted = name;
  if (name == "last") {
    const std::vector<std::string> ids = list_runs(ports);
    if (ids.empty()) {
      return base::fail(skill::faults::not_resumable,
                        fmt::format("there is no run in {}", runs_folder(ports.environment)));
    }
    wanted = newest(ports, ids);
  }
  RunFolder by_id = run_named(ports.environment, wanted);
  if (wanted.find('/') == std::string::npos && ports.files.exists(by_id.journal())) {
    return by_id;
  }
  RunFolder by_path{absolute_path(wanted, ports.environment)};
  if (!ports.files.exists(by_path.journal())) {
    return base::fail(skill::faults::not_resumable,
                      fmt::format("no run '{}'; give an id that cachewitness skill log lists, a run's directory, or "
                                  "last",
                                  base::printable(name, 200)));
  }
  return by_path;
}

base::Result<skill::RunJournal> load_journal(const Ports& ports, const RunFolder& run) {
  const auto text = ports.files.read_all(run.journal(), skill::max_journal_bytes);
  return text ? skill::read_journal(*text, run.journal()) : std::unexpected(text.error());
}

base::Result<report::ExecutionLog> load_log(const Ports& ports, const std::string& path) {
  const auto text = ports.files.read_all(path, max_log_bytes);
  return text ? report::read_log(*text, path) : std::unexpected(text.error());
}

}  // namespace cachewitness::app
