// The rules of `parity` in the header line, so that the evidence of a comparison stands alone.
#pragma once

#include "base/json_writer.h"
#include "manifest/parity_rules.h"

namespace cachewitness::evidence {

class JsonObject;

// The member "parity" of the object that is being written.
void append_parity_rules(base::JsonWriter& json, const manifest::ParityRules& rules);
// The opposite. Faults are the object's.
[[nodiscard]] manifest::ParityRules read_parity_rules(const JsonObject& object);

}  // namespace cachewitness::evidence
