// What leak checks add to lines of evidence: the marker in the header, the step of a probe, the marks of a body.
#pragma once

#include <vector>

#include "base/json_writer.h"
#include "evidence/evidence.h"

namespace cachewitness::evidence {

class JsonObject;

// The member "marker" of the object that is being written.
void append_marker(base::JsonWriter& json, const manifest::TenantMarker& marker);
// The member "leak".
void append_leak_probe(base::JsonWriter& json, const LeakProbe& probe);
// The member "marks"; nothing where there are none.
void append_marks(base::JsonWriter& json, const std::vector<BodyMark>& marks);

// The opposites. Faults are the object's.
[[nodiscard]] manifest::TenantMarker read_marker(const JsonObject& object);
[[nodiscard]] LeakProbe read_leak_probe(const JsonObject& object);
[[nodiscard]] std::vector<BodyMark> read_marks(const JsonObject& body);

}  // namespace cachewitness::evidence
