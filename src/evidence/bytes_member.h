// How bytes that a peer chose stand in a line of evidence. For the encoders of this layer.
#pragma once

#include <string_view>

#include "base/json_writer.h"

namespace cachewitness::evidence {

// `name`, or `name_base64` where the bytes are not UTF-8: either way they survive byte for byte.
void append_bytes(base::JsonWriter& json, std::string_view name, std::string_view bytes);

}  // namespace cachewitness::evidence
