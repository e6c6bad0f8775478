// The directory of one run: its journal, its plan and log, the working directory of its steps, and what they printed.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "app/ports.h"
#include "base/result.h"
#include "report/execution_log.h"
#include "skill/run_journal.h"

namespace cachewitness::app {

struct RunFolder {
  std::string path;  // absolute

  [[nodiscard]] std::string journal() const { return path + "/run.jsonl"; }
  [[nodiscard]] std::string log() const { return path + "/log.json"; }
  [[nodiscard]] std::string plan() const { return path + "/plan.json"; }
  [[nodiscard]] std::string lease() const { return path + "/lease"; }
  [[nodiscard]] std::string work() const { return path + "/work"; }
  [[nodiscard]] std::string temporary() const { return path + "/tmp"; }
  // Of one attempt: "steps/03-verify/1".
  [[nodiscard]] std::string attempt(std::size_t instance, std::string_view step, std::uint32_t number,
                                    bool is_rollback) const;
};

// Where runs lie unless somebody says otherwise.
[[nodiscard]] std::string runs_folder(const ports::Environment& environment);
// The run of that id there, whether it is or not.
[[nodiscard]] RunFolder run_named(const ports::Environment& environment, std::string_view id);
// By id, which sorts by time; the newest first.
[[nodiscard]] std::vector<std::string> list_runs(const Ports& ports);
// What `--resume` and `skill log` name: an id, a directory, or "last".
[[nodiscard]] base::Result<RunFolder> find_run(const Ports& ports, const std::string& name);

// What a run, or a command, has written down.
[[nodiscard]] base::Result<skill::RunJournal> load_journal(const Ports& ports, const RunFolder& run);
[[nodiscard]] base::Result<report::ExecutionLog> load_log(const Ports& ports, const std::string& path);

}  // namespace cachewitness::app
