// How errors reach a person: one clear line each on stderr, and the exit code that they lead to.
#pragma once

#include "app/ports.h"
#include "base/error.h"

namespace cachewitness::app {

// Prints every error and returns the exit code of the gravest.
int report_errors(const Ports& ports, const base::Errors& errors);
int report_error(const Ports& ports, const base::Error& error);

// That of the gravest error; 0 where there is none.
[[nodiscard]] int exit_code_of(const base::Errors& errors);

// Of a command that a signal ended: 143 after SIGTERM, else 130.
[[nodiscard]] base::ExitCode exit_code_of(int signal);

}  // namespace cachewitness::app
