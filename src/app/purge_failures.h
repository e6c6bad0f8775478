// From a journal to what evidence says of purges that were not carried out.
#pragma once

#include <span>

#include "evidence/run_header.h"
#include "manifest/manifest.h"
#include "purge/journal.h"

namespace cachewitness::app {

// Neither taken whole, nor known to be.
[[nodiscard]] bool is_left(const purge::CallRecord& record);

// Notes in `times` what the calls of a purge left unpurged, a failure for each variant where a purge names one by its
// headers. What would not fit into a line of an evidence file is counted alone.
void note_failures(const purge::JournalHeader& header, std::span<const purge::CallRecord> calls,
                   const manifest::Manifest& manifest, evidence::PurgeTimes& times);

}  // namespace cachewitness::app
