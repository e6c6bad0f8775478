// Interrupts: SIGINT and SIGTERM as a fact to ask for. The first one only leaves a note, so that the run can
// write what it has; a second one kills at once. SIGPIPE is ignored: a reader that went away is a write error.
#pragma once

#include <optional>

namespace cachewitness::adapters {

// Once, by the program's entry, before anything is opened.
void install_interrupts();

// The signal's number, where one arrived. Also ends Network::turn() and a child's run early.
[[nodiscard]] std::optional<int> pending_interrupt();

}  // namespace cachewitness::adapters
