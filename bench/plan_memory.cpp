// Plans more than 10 million cells (a million tenants, 12 edges), walks and renders a lane of them, and
// prints how many cells that were and how much memory they took. The budget: under 1.5 GB resident.
#include <sys/resource.h>

#include <chrono>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "base/assert.h"
#include "manifest/parse_manifest.h"
#include "manifest/tenant_source.h"
#include "plan/plan.h"

namespace {

namespace manifest = cachewitness::manifest;
namespace plan = cachewitness::plan;

constexpr int tenants = 1'000'000;
constexpr int edges = 12;

manifest::Manifest make_manifest() {
  std::string text =
      "version: 1\ntenants: {from: t.csv}\nassets: [/asset.js]\nenvironments:\n  production:\n"
      "    url: \"https://{tenant.host}{asset}\"\n    origin: {replicas: [\"https://o1.example.net\"]}\n"
      "    regions:\n      all:\n        edges:\n";
  for (int i = 0; i < edges; ++i) {
    text += fmt::format("          - {{name: e{}, address: \"203.0.113.{}:443\"}}\n", i, i + 1);
  }
  auto parsed = manifest::parse_manifest(text, "bench.yaml");
  CW_ASSERT(parsed.has_value());
  manifest::TenantReader reader(*parsed, manifest::ListFormat::csv, "t.csv");
  reader.feed("id,host\n");
  for (int i = 0; i < tenants; ++i) {
    reader.feed(fmt::format("tenant-{:07},customer-{:07}.shop.example.com\n", i, i));
  }
  CW_ASSERT(reader.finish().empty());
  return *std::move(parsed);
}

double peak_mebibytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

}  // namespace

int main() {
  const manifest::Manifest fleet = make_manifest();
  const double before = peak_mebibytes();
  const auto made = plan::make_plan(fleet, {});
  CW_ASSERT(made.has_value());
  const auto start = std::chrono::steady_clock::now();
  plan::Request request;
  std::size_t bytes = 0;
  for (std::uint64_t i = 0; i < made->combinations(); ++i) {
    made->render(made->lanes()[0], made->combination(i), request);
    bytes += request.url.size();
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  fmt::print("{} cells: plan {:.1f} MiB of its own, {:.0f} MiB with its tenants; peak resident {:.0f} MiB\n",
             made->cells(), static_cast<double>(made->memory_bytes()) / (1 << 20), before, peak_mebibytes());
  fmt::print("rendered {} requests ({} bytes of URLs) in {:.2f} s: {:.0f} ns each\n", made->combinations(), bytes,
             took.count(), took.count() * 1e9 / static_cast<double>(made->combinations()));
}
