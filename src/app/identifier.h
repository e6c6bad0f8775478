// What a run or a purge is called in files and reports.
#pragma once

#include <string>
#include <string_view>

#include "app/ports.h"

namespace cachewitness::app {

// "run-20261123T143218Z-9f3c01ab" of "run": sorts by time, and two of one second differ.
[[nodiscard]] std::string make_id(std::string_view what, const Ports& ports);

}  // namespace cachewitness::app
