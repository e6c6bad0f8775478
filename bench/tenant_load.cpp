// Loads a million tenants from CSV and from NDJSON, in chunks as a file gives them, and prints seconds and
// bytes a tenant. The budget: under 2 s and under 200 bytes.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "base/assert.h"
#include "manifest/manifest.h"
#include "manifest/tenant_source.h"

namespace {

namespace manifest = cachewitness::manifest;

constexpr int tenants = 1'000'000;
constexpr std::size_t chunk = std::size_t{64} << 10;

std::string csv() {
  std::string out = "id,host,tags\n";
  for (int i = 0; i < tenants; ++i) {
    out += fmt::format("tenant-{:07},customer-{:07}.shop.example.com,{}\n", i, i, i % 3 == 0 ? "gold" : "silver;eu");
  }
  return out;
}

std::string ndjson() {
  std::string out;
  for (int i = 0; i < tenants; ++i) {
    out += fmt::format(R"({{"id":"tenant-{:07}","host":"customer-{:07}.shop.example.com","tags":["{}"]}})"
                       "\n",
                       i, i, i % 3 == 0 ? "gold" : "silver");
  }
  return out;
}

void load(const char* name, std::string_view text, manifest::ListFormat format) {
  manifest::Manifest target;
  manifest::Environment environment;
  environment.name = "production";
  environment.url = *manifest::parse_template("https://{tenant.host}{asset}", manifest::TemplateUse::url);
  target.environments.push_back(environment);
  const auto start = std::chrono::steady_clock::now();
  manifest::TenantReader reader(target, format, name);
  for (std::size_t at = 0; at < text.size(); at += chunk) {
    reader.feed(text.substr(at, chunk));
  }
  const auto errors = reader.finish();
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  CW_ASSERT(errors.empty() && target.tenants.size() == static_cast<std::size_t>(tenants));
  fmt::print("{}: {} tenants in {:.2f} s, {:.1f} bytes each\n", name, tenants, took.count(),
             static_cast<double>(target.tenants.memory_bytes()) / tenants);
}

}  // namespace

int main() {
  load("csv", csv(), manifest::ListFormat::csv);
  load("ndjson", ndjson(), manifest::ListFormat::ndjson);
}
