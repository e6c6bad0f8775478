// What a line of evidence says of one exchange: the way that it took, the answer, or why there is none. Read in the
// place of what was there, because a file has millions of them.
#pragma once

#include "evidence/evidence.h"

namespace cachewitness::evidence {

class JsonObject;

// Faults are the object's. `line` is the whole line.
void read_path(const JsonObject& object, Path& path);
void read_response(const JsonObject& line, Response& response);
[[nodiscard]] base::Failure read_failure(const JsonObject& object);

}  // namespace cachewitness::evidence
