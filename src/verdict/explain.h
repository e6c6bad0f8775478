// explain(): a person's story of one cell. Everything in it is fit for a terminal.
#pragma once

#include <string>
#include <string_view>

#include "evidence/roster.h"
#include "verdict/judgement.h"

namespace cachewitness::verdict {

// What was expected and since when, what was seen (each sighting on a line, with its time), which rule fired, what was
// ruled out before it, what to do. `advice`: lines that follow the last, each with its line feed.
[[nodiscard]] std::string explain(const Judge& judge, const evidence::Cell& cell, std::string_view advice = {});

}  // namespace cachewitness::verdict
