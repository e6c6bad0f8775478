// Judges a million probes (12 edges, 83,334 tenants, two origin replicas, a stale cell here and there), with
// and without a baseline of every cell, and prints processor seconds and memory of each step. The budget: 3 s and
// 400 MB for the million without a baseline. With a file's name it writes the evidence there instead, to
// time `cachewitness judge` as a whole.
#include <sys/resource.h>

#include <ctime>
#include <fstream>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "base/assert.h"
#include "evidence/codec.h"
#include "verdict/judgement.h"

namespace {

namespace evidence = cachewitness::evidence;
namespace verdict = cachewitness::verdict;
using cachewitness::base::Digest;
using cachewitness::base::Instant;

constexpr std::uint32_t edges = 12;
constexpr std::uint32_t tenants = 83'334;
constexpr std::uint32_t stale_each = 10'007;  // one cell of so many
constexpr std::int64_t second = 1'000'000'000;
constexpr Instant purge_moment{1'763'866'800 * second};

evidence::Roster make_roster() {
  evidence::Roster roster;
  for (std::uint32_t i = 0; i < edges; ++i) {
    roster.edges.push_back({"production", "all", fmt::format("edge-{}", i), fmt::format("203.0.113.{}:443", i), "", 1});
  }
  roster.replicas = {{"production", "https://o1.example.net"}, {"production", "https://o2.example.net"}};
  roster.variants.intern("identity");
  roster.assets.intern("/asset.js");
  for (std::uint32_t i = 0; i < tenants; ++i) {
    roster.tenants.intern(fmt::format("tenant-{:07}", i));
  }
  return roster;
}

evidence::RunHeader make_header(std::uint64_t cells) {
  evidence::RunHeader header;
  header.run_id = "bench";
  header.started_at = {purge_moment.ns + 60 * second};
  header.purge = {true, purge_moment, purge_moment, std::nullopt, "bench"};
  header.planned_cells = cells;
  return header;
}

// Calls `take` with every evidence in the order of a run.
class Run {
 public:
  template <typename Take>
  void write(bool has_baseline, const Take& take) {
    for (std::uint32_t tenant = 0; tenant < tenants; ++tenant) {
      for (std::uint32_t replica = 0; replica < 2; ++replica) {
        make(evidence::Role::origin, evidence::EdgeId::none(), tenant, 2, 0);
        one_.replica = evidence::ReplicaId{replica};
        take(one_);
      }
    }
    one_.replica = evidence::ReplicaId::none();
    for (std::uint32_t tenant = 0; tenant < tenants && has_baseline; ++tenant) {
      for (std::uint32_t edge = 0; edge < edges; ++edge) {
        make(evidence::Role::baseline, evidence::EdgeId{edge}, tenant, 1, 500);
        take(one_);
      }
    }
    for (std::uint32_t tenant = 0; tenant < tenants; ++tenant) {
      for (std::uint32_t edge = 0; edge < edges; ++edge) {
        const bool is_stale = (tenant * edges + edge) % stale_each == 0;
        make(evidence::Role::probe, evidence::EdgeId{edge}, tenant, is_stale ? 1 : 2, is_stale ? 500 : 7);
        take(one_);
      }
    }
  }

 private:
  void make(evidence::Role role, evidence::EdgeId edge, std::uint32_t tenant, std::uint8_t version, int age) {
    ++one_.id;
    const std::int64_t start =
        role == evidence::Role::baseline ? purge_moment.ns - 600 * second : purge_moment.ns + 60 * second;
    one_.role = role;
    one_.cell = {edge, evidence::TenantId{tenant}, evidence::AssetId{0}, evidence::VariantId{0}};
    one_.url = fmt::format("https://customer-{:07}.shop.example.com/asset.js", tenant);
    one_.sent_at = {start + static_cast<std::int64_t>(one_.id) * 2'000};
    one_.first_byte_at = {one_.sent_at.ns + 900'000};
    one_.received_at = {one_.sent_at.ns + 1'000'000};
    one_.path.connection = edge.value;
    one_.path.remote = "203.0.113.1:443";
    evidence::Response response;
    response.status = 200;
    response.head = fmt::format(
        "HTTP/1.1 200 OK\r\nServer: nginx\r\nDate: {}\r\nContent-Type: text/javascript\r\nContent-Length: 9000\r\n"
        "ETag: \"{}-{:x}\"\r\nCache-Control: public, s-maxage=3600\r\nVary: Accept-Encoding\r\n{}\r\n",
        role == evidence::Role::baseline ? "Sun, 23 Nov 2025 02:50:00 GMT" : "Sun, 23 Nov 2025 03:01:00 GMT", version,
        tenant, role == evidence::Role::origin ? std::string() : fmt::format("Age: {}\r\nX-Cache: HIT\r\n", age));
    response.body.wire_bytes = response.body.decoded_bytes = 9000;
    Digest digest;
    digest.bytes[0] = version;
    for (std::size_t i = 0; i < 4; ++i) {
      digest.bytes[1 + i] = static_cast<std::uint8_t>(tenant >> (8 * i));
    }
    response.body.sha256 = digest;
    one_.outcome = std::move(response);
  }

  evidence::Evidence one_;
};

double peak_megabytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) * 1024 / 1e6;
}

// Of the processor rather than the wall: neighbours on the machine do not count.
class Stopwatch {
 public:
  double lap() {
    const std::clock_t now = std::clock();
    return static_cast<double>(now - std::exchange(last_, now)) / CLOCKS_PER_SEC;
  }

 private:
  std::clock_t last_ = std::clock();
};

void judge(bool has_baseline) {
  const evidence::Roster roster = make_roster();
  const evidence::RunHeader header = make_header(std::uint64_t{edges} * tenants);
  const double before = peak_megabytes();
  verdict::Judge judge(header, roster);
  std::uint64_t count = 0;
  Stopwatch watch;
  Run().write(has_baseline, [](const evidence::Evidence&) {});
  const double making = watch.lap();
  Run().write(has_baseline, [&](const evidence::Evidence& one) {
    ++count;
    judge.add(one);
  });
  const double adding = watch.lap() - making;
  const std::size_t suspects = judge.suspects().size();
  const double suspecting = watch.lap();
  const verdict::Judgement judgement = judge.finish({});
  const double finishing = watch.lap();
  CW_ASSERT(judgement.cells.stale == suspects && suspects == header.planned_cells / stale_each + 1);
  fmt::print(
      "{} evidence lines{}: add {:.2f} s, suspects {:.2f} s, finish {:.2f} s; peak {:.0f} MB, of which the "
      "judge {:.0f} MB; {} stale of {} cells\n",
      count, has_baseline ? ", a baseline of every cell among them" : "", adding, suspecting, finishing,
      peak_megabytes(), peak_megabytes() - before, judgement.cells.stale, judgement.cells.total);
}

void write_file(const char* name) {
  const evidence::Roster roster = make_roster();
  std::ofstream file(name, std::ios::binary);
  std::string lines;
  evidence::append_header_line(make_header(std::uint64_t{edges} * tenants), roster, lines);
  Run().write(false, [&](const evidence::Evidence& one) {
    evidence::append_evidence_line(one, roster, lines);
    if (lines.size() > (std::size_t{1} << 20)) {
      file << std::exchange(lines, {});
    }
  });
  evidence::RunFooter footer;
  footer.finished_at = {purge_moment.ns + 70 * second};
  evidence::append_footer_line(footer, lines);
  file << lines;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view argument = argc > 1 ? argv[1] : "";
  if (argument.starts_with("-") && argument != "--with-baseline") {
    fmt::print(stderr, "usage: judge_million [--with-baseline | FILE to write the evidence to]\n");
    return 2;
  }
  if (!argument.empty() && argument != "--with-baseline") {
    write_file(argv[1]);
  } else {
    judge(!argument.empty());
  }
}
