// Any bytes as a manifest: read or told, never a crash, a hang or an empty list of faults. What is read is
// also planned, so that templates and tenants meet.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/assert.h"
#include "manifest/parse_manifest.h"
#include "plan/describe.h"
#include "plan/plan.h"

using namespace cachewitness;  // NOLINT(google-build-using-namespace): a program of one function

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto parsed = manifest::parse_manifest(text, "m.yaml");
  if (!parsed) {
    CW_ASSERT(!parsed.error().empty());
    for (const base::Error& error : parsed.error()) {
      CW_ASSERT(!error.text().empty() && error.message.find('\n') == std::string::npos);
    }
    return 0;
  }
  if (const auto plan = plan::make_plan(*parsed, {})) {
    CW_ASSERT(!plan::describe(*plan).empty());
  }
  return 0;
}
