#include "adapters/program_plan.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <string_view>

#include <fmt/format.h>

#include "adapters/landlock.h"
#include "adapters/lease.h"
#include "adapters/system_error.h"
#include "base/text.h"

namespace cachewitness::adapters {

namespace {

// exec wants arrays of char*, and does not write through them.
std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  pointers.reserve(texts.size() + 1);
  for (std::string& text : texts) {
    pointers.push_back(text.data());
  }
  pointers.push_back(nullptr);
  return pointers;
}

bool is_directory(const std::string& path) {
  struct stat status{};
  return ::stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

std::string quoted(const std::string& text) { return fmt::format("\"{}\"", base::printable(text, 1000)); }

std::string_view advice_for(StartStep step, int error, bool is_in_sandbox) {
  if (step != StartStep::exec) {
    return "check the limits of this user and machine (ulimit -a)";
  }
  switch (error) {
    case ENOENT:
      return "check that it is installed and on PATH, and that the interpreter in its first line exists";
    case ENOEXEC:
      return "a script needs a first line such as #!/usr/bin/env python3";
    case E2BIG:
      return "pass less in its arguments and environment";
    case EACCES:
      return is_in_sandbox ? "check that it may be executed, and that its sandbox may read it and its interpreter"
                           : "check that it is installed and may be executed";
    default:
      return "check that it is installed and may be executed";
  }
}

}  // namespace

base::Result<ProgramPlan> ProgramPlan::make(const ports::ProcessSpec& spec, const std::string& mark) {
  if (spec.argv.empty() || spec.argv.front().empty()) {
    return base::fail(base::errors::program_failed, "cannot start a program without a name; give an argv list");
  }
  if (!spec.working_directory.empty() && !is_directory(spec.working_directory)) {
    return base::fail(base::errors::program_failed,
                      fmt::format("cannot start {}: its working directory {} does not exist; create it",
                                  quoted(spec.argv.front()), quoted(spec.working_directory)));
  }
  ProgramPlan plan;
  plan.arguments_ = spec.argv;
  plan.argument_pointers_ = pointers_to(plan.arguments_);
  plan.directory_ = spec.working_directory;
  plan.find_candidates();
  plan.set_variables(spec, mark);
  plan.set_limits(spec.confinement);
  if (auto confined = plan.confine(spec.confinement); !confined) {
    return std::unexpected(std::move(confined).error());
  }
  return plan;
}

base::Error ProgramPlan::not_started(StartStep step, int error) const {
  const std::string name = quoted(arguments_.front());
  if (step == StartStep::landlock || step == StartStep::seccomp) {
    return {
        base::errors::sandbox_unavailable,
        fmt::format("{} was not started: the kernel refused its {} ({}); run it where that works, or do not require "
                    "the sandbox",
                    name, step == StartStep::landlock ? "Landlock rules" : "seccomp filter", system_error_text(error)),
        {}};
  }
  return {
      base::errors::program_failed,
      fmt::format("cannot start {}: {}; {}", name, system_error_text(error), advice_for(step, error, rules_.is_open())),
      {}};
}

// As execvp(3) searches, without its fallback to a shell.
void ProgramPlan::find_candidates() {
  const std::string& name = arguments_.front();
  const char* const search = std::getenv("PATH");
  if (name.find('/') != std::string::npos) {
    candidates_.push_back(name);
    return;
  }
  std::string_view left = search != nullptr ? search : "/usr/bin:/bin";
  for (bool is_last = false; !is_last;) {
    const std::size_t colon = left.find(':');
    const std::string_view folder = left.substr(0, colon);
    candidates_.push_back(fmt::format("{}/{}", folder.empty() ? "." : folder, name));
    is_last = colon == std::string_view::npos;
    left.remove_prefix(is_last ? left.size() : colon + 1);
  }
}

void ProgramPlan::set_variables(const ports::ProcessSpec& spec, const std::string& mark) {
  variables_.reserve(spec.environment.size() + 1);
  for (const auto& [name, value] : spec.environment) {
    variables_.push_back(fmt::format("{}={}", name, value));
  }
  if (!mark.empty()) {
    variables_.push_back(fmt::format("{}={}", lease_variable, mark));
  }
  variable_pointers_ = pointers_to(variables_);
}

void ProgramPlan::set_limits(const ports::Confinement& confinement) {
  limits_.emplace_back(RLIMIT_CORE, 0);  // a core holds the secrets that its program was given
  const auto limit = [this](int resource, std::uint64_t most) {
    if (most != 0) {
      limits_.emplace_back(resource, most);
    }
  };
  limit(RLIMIT_CPU, static_cast<std::uint64_t>(std::chrono::ceil<std::chrono::seconds>(confinement.cpu_time).count()));
  limit(RLIMIT_AS, confinement.memory_bytes);
  limit(RLIMIT_FSIZE, confinement.file_bytes);
  limit(RLIMIT_NOFILE, confinement.open_files);
  // RLIMIT_NPROC is no help: it counts all processes of the user, whoever started them, and root is exempt.
  most_processes_ = confinement.processes;
}

base::Result<void> ProgramPlan::confine(const ports::Confinement& confinement) {
  is_required_ = confinement.is_required;
  refuses_calls_ = confinement.refuses_calls;
  const auto unavailable = [this](std::string_view what) {
    return base::fail(base::errors::sandbox_unavailable,
                      fmt::format("{} was not started: {}; run it where that works, or do not require the sandbox",
                                  quoted(arguments_.front()), what));
  };
  if (confinement.files) {
    abi_ = adapters::landlock_abi();
    if (abi_ != 0) {
      const std::string directory = directory_.empty() ? "." : directory_;
      std::vector<std::string> own{directory};
      for (const std::string& path : candidates_) {
        own.push_back(path.starts_with('/') ? path : fmt::format("{}/{}", directory, path));
      }
      rules_ = lifted(make_landlock_rules(abi_, *confinement.files, own), first_free_descriptor);
    }
    if (!rules_.is_open() && is_required_) {
      return unavailable(
          "this kernel offers no Landlock (Linux 5.13 or later, with landlock among the modules that lsm= names)");
    }
  }
  if (most_processes_ != 0) {
    counting_filter_ = make_call_filter({.refuses_calls = refuses_calls_, .announces_births = true});
  }
  plain_filter_ = make_call_filter({.refuses_calls = refuses_calls_});
  if (refuses_calls_ && plain_filter_.empty() && is_required_) {
    return unavailable("there is no seccomp filter for this machine's processor");
  }
  return {};
}

}  // namespace cachewitness::adapters
