// Every field that says something about a cache, fed with the same hostile bytes.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/assert.h"
#include "http/age.h"
#include "http/cache_control.h"
#include "http/cache_policy.h"
#include "http/cache_status.h"
#include "http/content_encoding.h"
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
  CW_ASSERT(http::ContentEncoding(text).codings().size() <= http::ContentEncoding::max_codings);
  const http::CachePolicy policy = http::policy_of(control);
  CW_ASSERT(policy.max_age.value_or(0) >= 0 && policy.max_age == control.seconds("max-age"));
  for (const auto& targeted : {http::read_targeted_policy(text), http::read_surrogate_policy(text)}) {
    CW_ASSERT(!targeted || (targeted->max_age.value_or(0) >= 0 && targeted->s_maxage.value_or(0) >= 0));
  }
  const http::Field field{"vary", text};
  const http::Vary vary = http::parse_vary(text);
  CW_ASSERT(vary.matches({&field, 1}, {&field, 1}) != vary.is_any);
  const auto hops = http::parse_via(text);
  CW_ASSERT(hops.size() <= http::max_via_hops && http::last_via_member(text).size() <= size);
  for (const auto& hop : hops) {
    static_cast<void>(http::traffic_server_mark(hop.comment));
  }
  return 0;
}
