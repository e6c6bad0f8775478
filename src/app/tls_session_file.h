// TlsSessionFile: TLS sessions from one run to the next, in $XDG_CACHE_HOME/cachewitness or ~/.cache/cachewitness,
// for this user alone. They only save time: whatever is wrong with the file, the run goes on without it, and a
// verbose one says so.
#pragma once

#include <string>
#include <vector>

#include "app/ports.h"

namespace cachewitness::app {

// Empty where the environment names no place.
[[nodiscard]] std::string tls_session_path(const ports::Environment& environment);

using Networks = std::vector<ports::Network*>;

// For all of a run's networks. Requires: no connection was made yet.
void load_tls_sessions(const Ports& ports, const Networks& networks, bool is_verbose);
// Those of all its networks. Requires: all are done.
void save_tls_sessions(const Ports& ports, const Networks& networks, bool is_verbose);

}  // namespace cachewitness::app
