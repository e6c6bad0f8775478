#include "app/skill_command.h"

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "app/diagnostics.h"
#include "app/run_folder.h"
#include "app/skill_source.h"
#include "app/skill_trust.h"
#include "base/json_writer.h"
#include "base/text.h"
#include "report/read_log.h"
#include "skill/workflow_keys.h"

namespace cachewitness::app {

namespace {

constexpr std::size_t most_runs = 50;
constexpr std::size_t most_skills = 500;

struct Found {
  std::string path;
  base::Result<SkillSource, base::Errors> source;
};

// Where clients of the format look, the project's before the user's.
std::vector<std::string> usual_folders(const Ports& ports) {
  std::vector<std::string> folders;
  const std::string here = ports.environment.working_directory();
  for (const char* name : {"skills", ".agents/skills", ".claude/skills"}) {
    folders.push_back(fmt::format("{}/{}", here, name));
  }
  if (const auto home = ports.environment.variable("HOME"); home && home->starts_with('/') && *home != here) {
    folders.push_back(*home + "/.agents/skills");
    folders.push_back(*home + "/.claude/skills");
  }
  return folders;
}

std::vector<Found> find_skills(const Ports& ports, const RunPorts& run_ports, const SkillOptions& options) {
  std::vector<Found> found;
  std::set<std::string> seen;
  const bool is_told = !options.paths.empty();
  for (const std::string& folder : is_told ? options.paths : usual_folders(ports)) {
    const auto entries = ports.files.list(folder);
    for (const ports::FolderEntry& entry : entries ? *entries : std::vector<ports::FolderEntry>{}) {
      const std::string path = fmt::format("{}/{}", folder, entry.name);
      const bool is_skill = ports.files.exists(path + "/SKILL.md") || ports.files.exists(path + "/skill.md");
      if (is_skill && found.size() < most_skills && seen.insert(path).second) {
        found.push_back({path, load_skill(ports, path, run_ports.commands, skill::Reading::lenient)});
      }
    }
  }
  return found;
}

std::string_view name(Trust trust) {
  constexpr std::string_view names[] = {"unpinned", "pinned", "changed"};
  return names[static_cast<std::size_t>(trust)];
}

std::string trust_word(const Ports& ports, const SkillSource& source) {
  const auto state = trust_of(ports, source);
  return state ? std::string(name(state->trust)) : "unreadable pin";
}

std::string first_sentence(const std::string& text) {
  constexpr std::size_t longest = 100;
  const std::size_t stop = text.find(". ");
  return base::printable(stop == std::string::npos ? text : text.substr(0, stop + 1), longest);
}

std::string list_json(const Ports& ports, const std::vector<Found>& found) {
  std::string text;
  base::JsonWriter json(text, base::JsonWriter::Layout::indented);
  json.begin_object();
  json.member("schema", std::string_view("cachewitness.skills/v1"));
  json.begin_array("skills");
  for (const Found& each : found) {
    json.begin_object();
    json.member("path", each.path);
    if (each.source) {
      json.member("name", each.source->frontmatter.name);
      json.member("description", each.source->frontmatter.description);
      json.member("runnable", each.source->workflow.has_value());
      json.member("sha256", each.source->digest.hex());
      json.member("trust", trust_word(ports, *each.source));
    } else {
      json.member("error", each.source.error().front().text());
    }
    json.end_object();
  }
  json.end_array();
  json.end_object();
  return text + "\n";
}

}  // namespace

int run_skill_check(const Ports& ports, const RunPorts& run_ports, const SkillOptions& options) {
  int code = 0;
  for (const std::string& path : options.paths) {
    const auto source = load_skill(ports, path, run_ports.commands, skill::Reading::strict);
    if (!source) {
      code = std::max(code, report_errors(ports, source.error()));
      continue;
    }
    ports.console.out(describe_skill(*source));
    ports.console.out(fmt::format("  sha256:{}, {}\n", source->digest.hex(), trust_word(ports, *source)));
  }
  return code;
}

int run_skill_schema(const Ports& ports, const RunPorts&, const SkillOptions&) {
  ports.console.out(skill::workflow_json_schema());
  return static_cast<int>(base::ExitCode::passed);
}

int run_skill_list(const Ports& ports, const RunPorts& run_ports, const SkillOptions& options) {
  const std::vector<Found> found = find_skills(ports, run_ports, options);
  if (options.format == Format::json) {
    ports.console.out(list_json(ports, found));
    return 0;
  }
  for (const Found& each : found) {
    if (!each.source) {
      report_errors(ports, each.source.error());
      continue;
    }
    ports.console.out(fmt::format("{:<30} {:<9} {:<9} {}\n    {}\n", base::printable(each.source->frontmatter.name),
                                  each.source->workflow ? "runs" : "to read", trust_word(ports, *each.source),
                                  base::printable(each.path, 300),
                                  first_sentence(each.source->frontmatter.description)));
  }
  if (found.empty()) {
    ports.console.err("cachewitness: no skill found; look elsewhere with cachewitness skill list DIR\n");
  }
  return 0;
}

int run_skill_trust(const Ports& ports, const RunPorts& run_ports, const SkillOptions& options) {
  int code = 0;
  for (const std::string& path : options.paths) {
    const auto source = load_skill(ports, path, run_ports.commands, skill::Reading::lenient);
    if (!source) {
      code = std::max(code, report_errors(ports, source.error()));
      continue;
    }
    const std::string shown = base::printable(source->folder.directory, 500);
    if (options.is_removing) {
      unpin(ports, *source);
      ports.console.out(fmt::format("{} is no longer pinned\n", shown));
    } else if (auto pinned = pin(ports, *source); !pinned) {
      code = std::max(code, report_error(ports, pinned.error()));
    } else {
      ports.console.out(
          fmt::format("pinned {}: {} files, sha256:{}\n", shown, source->files.size(), source->digest.hex()));
    }
  }
  return code;
}

int run_log_show(const Ports& ports, const RunPorts&, const SkillOptions& options) {
  for (const std::string& path : options.paths) {
    const RunFolder run{path};
    const auto log = load_log(ports, ports.files.exists(run.log()) ? run.log() : path);
    if (!log) {
      return report_error(ports, log.error());
    }
    ports.console.out(report::describe_log(*log, options.is_verbose));
  }
  return 0;
}

int run_skill_log(const Ports& ports, const RunPorts& run_ports, const SkillOptions& options) {
  if (!options.run.empty()) {
    const auto run = find_run(ports, options.run);
    if (!run) {
      return report_error(ports, run.error());
    }
    SkillOptions shown = options;
    shown.paths = {run->path};
    return run_log_show(ports, run_ports, shown);
  }
  std::vector<std::string> runs = list_runs(ports);
  runs.resize(std::min(runs.size(), most_runs));
  for (const std::string& id : runs) {
    const RunFolder run{fmt::format("{}/{}", runs_folder(ports.environment), id)};
    const auto log = load_log(ports, run.log());
    ports.console.out(fmt::format("{}  {}  {}\n", base::printable(id), log ? base::printable(log->task) : "?",
                                  log ? base::printable(log->outcome, 300) : "its log is gone"));
  }
  if (runs.empty()) {
    ports.console.err(fmt::format("cachewitness: no run yet in {}\n", runs_folder(ports.environment)));
  }
  return 0;
}

}  // namespace cachewitness::app
