// TlsSessionFile: TLS sessions from one run to the next, in $XDG_CACHE_HOME/cachewitness or ~/.cache/cachewitness,
// for this user alone. They only save time: whatever is wrong with the file, the run goes on without it, and a
// verbose one says so.
#pragma once

#include <string>

#include "app/ports.h"

namespace cachewitness::app {

// Empty where the environment names no place.
[[nodiscard]] std::string tls_session_path(const ports::Environment& environment);

// Requires: no connection was made yet.
void load_tls_sessions(const Ports& ports, bool is_verbose);
void save_tls_sessions(const Ports& ports, bool is_verbose);

}  // namespace cachewitness::app
