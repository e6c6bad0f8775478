#include "app/interpreter.h"

#include <algorithm>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "app/child_environment.h"
#include "app/load_manifest.h"
#include "app/program_end.h"
#include "base/text.h"

namespace cachewitness::app {

namespace {

// A cold disk may take seconds; a check's own time is for its work.
constexpr base::Duration version_timeout = std::chrono::seconds(10);
constexpr std::size_t longest_version = 100;

std::string_view file_name(std::string_view path) { return path.substr(path.rfind('/') + 1); }

bool is_python(std::string_view program) {
  std::string_view name = file_name(program);
  for (const std::string_view kind : {"python", "pypy"}) {
    if (name.starts_with(kind)) {
      name.remove_prefix(kind.size());
      return std::ranges::all_of(name, [](char c) { return c == '.' || (c >= '0' && c <= '9'); });
    }
  }
  return false;
}

// The first argument that is no option of the interpreter's.
std::string script_of(const std::vector<std::string>& argv) {
  const auto script = std::ranges::find_if(argv.begin() + 1, argv.end(),
                                           [](const std::string& argument) { return !argument.starts_with('-'); });
  return script == argv.end() ? std::string() : std::string(file_name(*script));
}

}  // namespace

base::Result<report::CheckRuntime> find_interpreter(const Ports& ports, const manifest::Check& check) {
  if (!is_python(check.argv.front())) {
    return report::CheckRuntime{};
  }
  ports::ProcessSpec spec;
  spec.argv = {check.argv.front(), "--version"};
  spec.working_directory = check.where.file.empty() ? "" : folder_of(check.where.file, ports.environment);
  spec.environment = child_environment(ports.environment, check.environment);
  spec.timeout = version_timeout;
  const auto ended = ports.processes.run(spec);
  if (!ended) {
    return base::fail(
        errors::missing_interpreter,
        fmt::format("check \"{}\": {}; or name another interpreter first in `run`", check.name, ended.error().message),
        check.where);
  }
  const std::string version = base::printable(base::trim(ended->output), longest_version);
  const bool is_answer = has_succeeded(*ended) && version.starts_with("Py");
  return report::CheckRuntime{script_of(check.argv), is_answer ? version : std::string()};
}

}  // namespace cachewitness::app
