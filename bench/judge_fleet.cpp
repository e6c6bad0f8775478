// What a cell costs the judge: processor time and allocations of adding, time of suspects and finish, bytes kept and
// resident memory at its peak. Fresh cells of 12 edges and two origin replicas, in one of three fleets:
//   shared    847 tenants, as many assets as it takes, each the same for all tenants
//   etags     a tenant an asset: every ETag differs
//   bytes     every ETag and every body differs
// Usage: judge_fleet shared|etags|bytes [CELLS]. Times are to the nanosecond, latencies up to 50 ms, edges lag behind
// one another and answers come out of turn, as over a wide network at 17,000 requests a second.
#include <sys/resource.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <new>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/assert.h"
#include "verdict/books.h"
#include "verdict/judgement.h"

namespace {

std::uint64_t allocations = 0;

}  // namespace

[[gnu::noinline]] void* operator new(std::size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size); memory != nullptr) {
    return memory;
  }
  throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t /*size*/) noexcept { std::free(memory); }

namespace {

namespace evidence = cachewitness::evidence;
namespace verdict = cachewitness::verdict;
using cachewitness::base::Instant;

constexpr std::uint32_t edges = 12;
constexpr std::uint32_t sharing_tenants = 847;
constexpr std::size_t batch = 256;
constexpr std::int64_t second = 1'000'000'000;
constexpr std::int64_t pace = 60'000;  // nanoseconds from one request to the next
constexpr Instant purge_moment{1'763'866'800 * second};

double cpu_seconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

double peak_bytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) * 1024;
}

struct Fleet {
  std::string_view kind;
  std::uint32_t tenants = 0;
  std::uint32_t assets = 0;

  [[nodiscard]] std::uint32_t combinations() const { return tenants * assets; }
  [[nodiscard]] std::uint64_t cells() const { return std::uint64_t{combinations()} * edges; }
};

evidence::Roster make_roster(const Fleet& fleet) {
  evidence::Roster roster;
  for (std::uint32_t i = 0; i < edges; ++i) {
    roster.edges.push_back({"production", "all", fmt::format("edge-{}", i), fmt::format("203.0.113.{}:443", i), "", 1});
  }
  roster.replicas = {{"production", "https://o1.example.net"}, {"production", "https://o2.example.net"}};
  roster.variants.intern("identity");
  for (std::uint32_t i = 0; i < fleet.assets; ++i) {
    roster.assets.intern(fmt::format("/static/asset-{}.js", i));
  }
  for (std::uint32_t i = 0; i < fleet.tenants; ++i) {
    roster.tenants.intern(fmt::format("tenant-{:07}", i));
  }
  return roster;
}

// Fills evidence anew in place: what the making costs is not measured.
class Maker {
 public:
  Maker(const Fleet& fleet, const evidence::Roster& roster) : fleet_(fleet), roster_(roster) {}

  void origin(std::uint32_t combination, std::uint32_t replica, evidence::Evidence& out) {
    out.role = evidence::Role::origin;
    out.replica = evidence::ReplicaId{replica};
    make(combination, evidence::EdgeId::none(), out);
  }
  void probe(std::uint32_t combination, std::uint32_t edge, evidence::Evidence& out) {
    out.role = evidence::Role::probe;
    out.replica = evidence::ReplicaId::none();
    make(combination, evidence::EdgeId{edge}, out);
  }

 private:
  void make(std::uint32_t combination, evidence::EdgeId edge, evidence::Evidence& out) {
    constexpr std::uint64_t window = 1024;  // in flight
    const std::uint64_t turn = ++made_;
    out.id = (turn & ~(window - 1)) + turn * 421 % window + 1;
    out.cell = {edge, evidence::TenantId{combination / fleet_.assets}, evidence::AssetId{combination % fleet_.assets},
                evidence::VariantId{0}};
    const std::string_view asset = roster_.asset(out.cell.asset);
    out.url.clear();
    fmt::format_to(std::back_inserter(out.url), "https://{}.shop.example.com{}", roster_.tenant(out.cell.tenant),
                   asset);
    out.sent_at = {purge_moment.ns + 60 * second + static_cast<std::int64_t>(out.id) * pace + below(pace)};
    out.received_at = {out.sent_at.ns + 1'000'000 + below(50'000'000)};
    out.path.connection = edge.value % 1000 * 8 + static_cast<std::uint64_t>(below(8));
    auto* response = std::get_if<evidence::Response>(&out.outcome);
    if (response == nullptr) {
      response = &out.outcome.emplace<evidence::Response>();
    }
    const bool is_shared = fleet_.kind == "shared";
    const std::uint32_t content = is_shared ? out.cell.asset.value : combination;
    response->status = 200;
    response->head.clear();
    const std::int64_t seconds = (out.received_at.ns - purge_moment.ns) / second;
    fmt::format_to(std::back_inserter(response->head),
                   "HTTP/1.1 200 OK\r\nServer: nginx\r\nDate: Sun, 23 Nov 2025 03:{:02}:{:02} GMT\r\n"
                   "Content-Type: text/javascript\r\nContent-Length: {}\r\nETag: \"6720f1a2-{:x}\"\r\n"
                   "Cache-Control: public, s-maxage=3600\r\nVary: Accept-Encoding\r\n",
                   seconds / 60 % 60, seconds % 60, 9000 + content % 100, content);
    if (out.role == evidence::Role::probe) {
      fmt::format_to(std::back_inserter(response->head), "Age: {}\r\nX-Cache: HIT\r\n", below(60));
    }
    response->head += "\r\n";
    response->body.wire_bytes = response->body.decoded_bytes = 9000;
    response->body.sha256.emplace();
    const std::uint32_t bytes = fleet_.kind == "etags" ? 0 : content;
    std::memcpy(response->body.sha256->bytes.data(), &bytes, sizeof bytes);
  }
  std::int64_t below(std::int64_t limit) {
    return static_cast<std::int64_t>(random_() % static_cast<std::uint64_t>(limit));
  }

  const Fleet& fleet_;
  const evidence::Roster& roster_;
  std::minstd_rand random_{1};
  std::uint64_t made_ = 0;
};

struct Adding {
  std::uint64_t count = 0;
  double seconds = 0;
  std::uint64_t late_allocations = 0;  // in the second half of the probes
};

// `make(i, out)` makes the i-th of `count`.
template <typename Make>
void add_all(verdict::Judge& judge, std::uint64_t count, const Make& make, Adding& adding) {
  std::vector<evidence::Evidence> made(batch);
  for (std::uint64_t first = 0; first < count; first += batch) {
    const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(batch, count - first));
    for (std::size_t i = 0; i < size; ++i) {
      make(first + i, made[i]);
    }
    const double start = cpu_seconds();
    const std::uint64_t before = allocations;
    for (std::size_t i = 0; i < size; ++i) {
      judge.add(made[i]);
    }
    adding.late_allocations += first > count / 2 ? allocations - before : 0;
    adding.seconds += cpu_seconds() - start;
  }
  adding.count += count;
}

void run(const Fleet& fleet) {
  const evidence::Roster roster = make_roster(fleet);
  evidence::RunHeader header;
  header.run_id = "bench";
  header.started_at = {purge_moment.ns + 60 * second};
  header.purge = {true, purge_moment, purge_moment, std::nullopt, "bench"};
  header.planned_cells = fleet.cells();
  const double before = peak_bytes();
  verdict::Judge judge(header, roster);
  Maker maker(fleet, roster);
  Adding origins;
  add_all(
      judge, std::uint64_t{fleet.combinations()} * 2,
      [&](std::uint64_t i, evidence::Evidence& out) {
        maker.origin(static_cast<std::uint32_t>(i / 2), static_cast<std::uint32_t>(i % 2), out);
      },
      origins);
  Adding probes;
  add_all(
      judge, fleet.cells(),
      [&](std::uint64_t i, evidence::Evidence& out) {
        const auto edge = static_cast<std::uint32_t>(i % edges);
        const std::uint64_t combination =
            i / edges + fleet.combinations() - edge * 3;  // a little behind the edge before
        maker.probe(static_cast<std::uint32_t>(combination % fleet.combinations()), edge, out);
      },
      probes);
  const auto cells = static_cast<double>(fleet.cells());
  const double added = cpu_seconds();
  const double kept = static_cast<double>(judge.books().memory_bytes());
  const std::size_t suspects = judge.suspects().size();
  const double suspected = cpu_seconds();
  const verdict::Judgement judgement = judge.finish({});
  const double finished = cpu_seconds();
  CW_ASSERT(suspects == 0 && judgement.cells.fresh == fleet.cells());
  fmt::print(
      "{}, {} cells and {} origin answers: add {:.3f} us a probe ({:.3f} us an origin's), {:.4f} allocations a late "
      "add; "
      "suspects {:.3f} us, finish {:.3f} us a cell; kept {:.1f} bytes a cell, resident {:.1f} at the peak\n",
      fleet.kind, fleet.cells(), origins.count, probes.seconds / static_cast<double>(probes.count) * 1e6,
      origins.seconds / static_cast<double>(origins.count) * 1e6,
      static_cast<double>(probes.late_allocations) / (static_cast<double>(probes.count) / 2),
      (suspected - added) / cells * 1e6, (finished - suspected) / cells * 1e6, kept / cells,
      (peak_bytes() - before) / cells);
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view kind = argc > 1 ? argv[1] : "shared";
  const std::uint64_t cells = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 1'000'000;
  const auto combinations = static_cast<std::uint32_t>((cells + edges - 1) / edges);
  if (kind == "shared") {
    run({kind, sharing_tenants, (combinations + sharing_tenants - 1) / sharing_tenants});
  } else if (kind == "etags" || kind == "bytes") {
    run({kind, combinations, 1});
  } else {
    fmt::print(stderr, "usage: judge_fleet shared|etags|bytes [CELLS]\n");
    return 2;
  }
  return 0;
}
