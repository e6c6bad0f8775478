// Every field that says something about a cache, fed with the same hostile bytes.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/assert.h"
#include "http/age.h"
#include "http/cache_control.h"
#include "http/cache_status.h"
#include "http/entity_tag.h"
#include "http/vary.h"
#include "http/via.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace cachewitness;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto control = http::parse_cache_control(text);
  CW_ASSERT(http::same_directives(control, control));
  CW_ASSERT(control.shared_lifetime().value_or(0) >= 0);
  CW_ASSERT(http::parse_age(text).value_or(0) >= 0);
  CW_ASSERT(http::parse_cache_status(text).size() <= http::max_cache_status_hops);
  CW_ASSERT(http::parse_vary(text) == http::parse_vary(text));
  CW_ASSERT(http::core(text).size() <= size);
  for (const auto& hop : http::parse_via(text)) {
    static_cast<void>(http::traffic_server_mark(hop.comment));
  }
  return 0;
}
