// Any bytes as a list of tenants. The first byte chooses CSV or NDJSON and the size of the chunks; a list
// must read the same whole and in pieces.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/assert.h"
#include "manifest/expectation_source.h"
#include "manifest/manifest.h"
#include "manifest/tenant_source.h"

using namespace cachewitness;  // NOLINT(google-build-using-namespace): a program of few functions

namespace {

struct Outcome {
  std::size_t tenants = 0;
  std::string faults;
};

template <typename Reader>
std::string drain(Reader& reader, std::string_view text, std::size_t chunk) {
  for (std::size_t at = 0; at < text.size(); at += chunk) {
    reader.feed(text.substr(at, chunk));
  }
  std::string faults;
  for (const base::Error& error : reader.finish()) {
    faults += error.text() + "\n";
  }
  return faults;
}

Outcome read_tenants(std::string_view text, manifest::ListFormat format, std::size_t chunk) {
  manifest::Manifest manifest;
  manifest::Environment environment;
  environment.name = "e";
  environment.url = *manifest::parse_template("https://{tenant.host}{asset}", manifest::TemplateUse::url);
  manifest.environments.push_back(environment);
  manifest::TenantReader reader(manifest, format, "t");
  const std::string faults = drain(reader, text, chunk);
  return {manifest.tenants.size(), faults};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) {
    return 0;
  }
  const auto format = (data[0] & 1) == 0 ? manifest::ListFormat::csv : manifest::ListFormat::ndjson;
  const std::size_t chunk = std::max<std::size_t>(1, data[0] >> 1);
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  const Outcome whole = read_tenants(text, format, std::max<std::size_t>(1, text.size()));
  const Outcome pieces = read_tenants(text, format, chunk);
  CW_ASSERT(whole.tenants == pieces.tenants && whole.faults == pieces.faults);

  std::vector<manifest::Expectation> expectations;
  manifest::ExpectationReader reader(expectations, format, "e");
  CW_ASSERT(!drain(reader, text, chunk).empty() || !expectations.empty());
  return 0;
}
