// The interpreter of a check's script: found before anything is sent, and its version told in the execution log.
#pragma once

#include "app/ports.h"
#include "base/result.h"
#include "manifest/manifest.h"
#include "report/execution_log.h"

namespace cachewitness::app {

namespace errors {
inline constexpr base::ErrorId missing_interpreter{"missing-interpreter", base::ExitCode::usage};
}

// Of a check whose `run` begins with python, python3, python3.12, pypy3 or a path to one: its script and what
// `--version` says. Empty for any other program. errors::missing_interpreter where it cannot be started.
[[nodiscard]] base::Result<report::CheckRuntime> find_interpreter(const Ports& ports, const manifest::Check& check);

}  // namespace cachewitness::app
