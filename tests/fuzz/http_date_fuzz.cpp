#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/assert.h"
#include "http/http_date.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace cachewitness;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const base::Instant reference{1'763'866'800'000'000'000};
  const auto when = http::parse_http_date(text, reference);
  if (when) {
    // What we accept is a whole second, and can be shown and read back.
    CW_ASSERT(base::parse_instant(base::rfc3339(*when)) == *when);
  }
  return 0;
}
