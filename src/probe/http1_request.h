// The request of a probe as HTTP/1.1 writes it: a plain GET that measures and changes nothing.
#pragma once

#include <string>
#include <string_view>

#include "probe/prober.h"

namespace cachewitness::probe {

// Whether the request can be written as one request. What comes from tenants, URLs and secrets is input: a line
// break in it would send another request than the one that the evidence tells of.
[[nodiscard]] bool is_sendable(const ProbeRequest& request);

// Appends Host, User-Agent, Accept and then the variant's lines, in this order. Adds no Accept-Encoding: absent and
// "identity" are two different requests to a cache (real-cache surprise 7), so the variant alone decides.
void append_get(const ProbeRequest& request, std::string_view user_agent, std::string& out);

}  // namespace cachewitness::probe
