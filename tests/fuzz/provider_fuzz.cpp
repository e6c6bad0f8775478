// Whole heads of a hostile peer, read for who answers, what its cache did and how long the response is fresh.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/assert.h"
#include "http/freshness.h"
#include "http/node_identity.h"
#include "http/provider_fields.h"
#include "http/vendor_status.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace cachewitness;
  http::ResponseHead head;
  if (!http::parse_response_head({reinterpret_cast<const char*>(data), size}, {}, head)) {
    return 0;
  }
  const http::ProviderFields fields(head);
  const http::Detection detection = http::detect_provider(fields.values());
  CW_ASSERT(detection.field.empty() == (detection.provider == http::Provider::unknown));
  for (std::size_t i = 0; i < http::provider_count; ++i) {
    const auto provider = static_cast<http::Provider>(i);
    const http::NodeIdentity identity = http::read_node_identity(fields.values(), provider);
    CW_ASSERT(identity.node.size() <= 80 && identity.pop.size() <= 80);
    const http::VendorReading reading = http::read_vendor_status(fields.values(), provider);
    CW_ASSERT((reading.mark == http::CacheMark::none) == (reading.field == http::no_field));
    const base::Instant now{1'764'000'000'000'000'000};
    const auto input = http::freshness_input(head, provider, now);
    CW_ASSERT(http::freshness_lifetime(input, http::CacheKind::shared).seconds >= 0);
    CW_ASSERT(http::current_age({.date = input.date, .request_time = now, .response_time = now}, now).count() >= 0);
  }
  return 0;
}
