#include "app/run.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "app/baseline.h"
#include "app/diagnostics.h"
#include "app/http3.h"
#include "app/identifier.h"
#include "app/propagation.h"
#include "app/secrets.h"
#include "app/version.h"
#include "base/text.h"
#include "http/age.h"
#include "http/head.h"
#include "http/vendor_status.h"

namespace cachewitness::app {

namespace {

// Long enough for slow resolvers, short enough that a dead one does not eat the run.
constexpr base::Duration resolve_timeout = std::chrono::seconds(5);
// Of a fleet that is stale throughout, so many cells show the reason as well as all of them, and spare the edges.
constexpr std::size_t most_looked_at_often = 10'000;
// Some milliseconds of sending.
constexpr std::uint64_t cells_worth_a_thread = 2'000;

// The roster numbers the replicas; the manifest knows how to reach them.
std::vector<ReplicaLane> replica_lanes(const plan::Plan& plan) {
  std::vector<ReplicaLane> lanes;
  const auto& environments = plan.manifest().environments;
  for (std::uint32_t i = 0; i < plan.roster().replicas.size(); ++i) {
    const evidence::ReplicaEntry& entry = plan.roster().replicas[i];
    for (std::size_t e = 0; e < environments.size(); ++e) {
      for (const manifest::OriginReplica& replica : environments[e].origin.replicas) {
        if (environments[e].name == entry.environment && replica.url == entry.url) {
          lanes.push_back({e, evidence::ReplicaId{i}, &replica});
        }
      }
    }
  }
  return lanes;
}

// Age is only sent by a cache (RFC 9111 5.1); 0 may be the first answer of one that just stored.
bool is_from_cache(const evidence::Evidence& evidence) {
  http::ResponseHead head;
  if (evidence.response() == nullptr || !http::parse_recorded_head(evidence.response()->head, {}, head)) {
    return false;
  }
  return http::is_from_store(http::read_vendor_status(head).mark) ||
         http::parse_age(head.find("age").value_or("")).value_or(0) > 0;
}

class WakeUp final : public ports::TimerEvents {
 public:
  void on_timer(base::Tick) override { has_rung_ = true; }
  [[nodiscard]] bool has_rung() const { return has_rung_; }

 private:
  bool has_rung_ = false;
};

}  // namespace

base::Result<RunSettings> run_settings(const Ports& ports, const manifest::Manifest& manifest,
                                       const CommonOptions& common, std::string evidence_path) {
  RunSettings settings;
  settings.evidence_path = std::move(evidence_path);
  settings.total = common.timeout;
  settings.is_verbose = common.is_verbose;
  auto headers = resolve_variants(ports, manifest, settings.secrets);
  if (!headers) {
    return std::unexpected(std::move(headers).error());
  }
  settings.headers = std::move(*headers);
  return settings;
}

Run::Run(const Ports& ports, const plan::Plan& plan, RunSettings settings, Progress& progress)
    : ports_(ports),
      plan_(plan),
      settings_(std::move(settings)),
      progress_(progress),
      anchor_{ports.clock.wall(), ports.network.now()},
      deadline_(anchor_.tick + settings_.total.value_or(plan.manifest().limits.total)),
      writer_(plan, settings_.headers) {
  const manifest::Manifest& manifest = plan.manifest();
  header_.tool_version = version;
  header_.run_id = make_id("run", ports_);
  header_.purpose = settings_.purpose;
  header_.project = manifest.project;
  header_.manifest_sha256 = manifest.digest.hex();
  header_.started_at = anchor_.wall;
  header_.purge = settings_.purge;
  header_.policy = policy_of(plan);
  header_.gate = manifest.gate;
  header_.parity = manifest.parity;
  if (manifest.leaks && manifest.leaks->cross_tenant && settings_.purpose == evidence::Purpose::verify) {
    header_.marker = manifest.leaks->cross_tenant->marker;
  }
  for (const std::size_t index : plan.environments()) {
    const auto& expect = manifest.environments[index].origin.expect;
    header_.expect.insert(header_.expect.end(), expect.begin(), expect.end());
  }
  header_.selectors = evidence::selectors_of(manifest.variants);
  header_.has_baseline = !settings_.baseline_path.empty();
  header_.planned_cells = plan.cells();
  header_.planned_tenants = plan.tenants();
  header_.most_rounds = settings_.most_rounds;
  judge_ = std::make_unique<verdict::LoopJudge>(header_, plan.roster());
}

Run::~Run() = default;

base::Result<void> Run::start() {
  replicas_ = replica_lanes(plan_);
  destinations_ = destinations_of(plan_, replicas_);
  if (auto read = read_proxy_credentials(ports_, destinations_, settings_.secrets); !read) {
    return read;
  }
  if (!settings_.asks_edges) {
    destinations_.resize(replicas_.size());  // which come first
  }
  if (!settings_.evidence_path.empty()) {
    auto file = ports_.files.create(settings_.evidence_path);
    if (!file) {
      return std::unexpected(std::move(file).error());
    }
    output_ = std::make_unique<EvidenceOutput>(std::move(*file), plan_.roster(), ports_.clock, settings_.secrets);
    output_->write(header_);
  }
  if (header_.has_baseline) {
    base::Instant latest{};
    const auto keep = [this, &latest](evidence::Evidence evidence) {
      evidence.id = ++last_baseline_id_;
      latest = std::max(latest, evidence.received_at);
      judge_->add(evidence);
      if (output_) {
        output_->take(evidence);
      }
    };
    auto counts = load_baseline(ports_.files, settings_.baseline_path, plan_, keep);
    if (!counts) {
      return std::unexpected(std::move(counts).error());
    }
    warn_of_late_baseline(latest);
  }
  make_lanes();
  if (is_resuming_) {
    load_tls_sessions(ports_, networks_, settings_.is_verbose);
  }
  return {};
}

// Not refused: verdicts stay sound, each by its own evidence. But refilled and never purged trade places when
// the purge is dated a second too early, and a person should know before believing either.
void Run::warn_of_late_baseline(base::Instant latest) {
  if (header_.purge.is_known && latest > header_.purge.requested_at) {
    ports_.console.err(
        fmt::format("cachewitness: warning: the baseline was recorded until {}, after the purge of {}; arm before the "
                    "purge, and give --purged-at with its fraction of a second\n",
                    base::rfc3339(latest), base::rfc3339(header_.purge.requested_at)));
  }
}

void Run::make_lanes() {
  const manifest::Manifest& manifest = plan_.manifest();
  const base::Duration left = std::min(resolve_timeout, deadline_ - ports_.network.now());
  std::vector<probe::LaneTarget> targets = find_routes(
      ports_.resolver, destinations_, left, [this] { return ports_.interrupts.pending().has_value(); },
      [this](const std::string& note) {
        if (settings_.is_verbose) {
          ports_.console.err(fmt::format("cachewitness: note: {}\n", note));
        }
      });
  for (probe::LaneTarget& target : targets) {
    target.requests_per_second = manifest.limits.per_edge_rps;
  }
  is_resuming_ =
      std::ranges::any_of(destinations_, [](const Destination& each) { return each.is_tls && each.tls->is_resuming; });
  open_networks(targets.size());
  if (manifest.leaks) {
    edge_targets_.assign(targets.begin() + static_cast<std::ptrdiff_t>(replicas_.size()), targets.end());
  }
  const auto datagrams = add_http3(networks_.size());
  prober_ = std::make_unique<probe::Prober>(networks_, probe_settings(), std::move(targets), datagrams);
  active_ = prober_.get();
  plan_source_ = std::make_unique<PlanSource>(plan_, writer_, replicas_.size());
}

std::vector<probe::DatagramSessions*> Run::add_http3(std::size_t networks) {
  std::vector<probe::DatagramSessions*> sessions;
  while (has_http3 && sessions.size() < networks) {
    sessions.push_back(http3_.emplace_back(make_http3_sessions()).get());
  }
  return sessions;
}

probe::ProbeSettings Run::probe_settings() const {
  const manifest::Manifest& manifest = plan_.manifest();
  probe::ProbeSettings settings;
  settings.concurrency = manifest.limits.concurrency;
  settings.requests_per_second = manifest.limits.rps;
  settings.pipeline = manifest.limits.pipeline;
  settings.last_evidence = last_baseline_id_;
  settings.timeout = manifest.limits.timeout;
  settings.max_header_bytes = manifest.limits.max_header_bytes;
  settings.max_body_bytes = manifest.limits.max_body_bytes;
  settings.body = manifest.policy.body;
  settings.rules = body_rules(manifest.policy, tenant_marks(manifest));
  settings.user_agent = fmt::format("cachewitness/{}", version);
  settings.anchor = anchor_;
  return settings;
}

// A thread pays where it saves more than its start; --fail-fast asks for more cells while others are under way, and a
// pace of the whole run wants one hand.
std::size_t Run::threads_for(std::size_t lanes) const {
  const manifest::Limits& limits = plan_.manifest().limits;
  if (!ports_.make_network || settings_.is_fail_fast || limits.rps > 0) {
    return 1;
  }
  const std::uint64_t worthwhile = std::min<std::uint64_t>(ports_.processors, plan_.cells() / cells_worth_a_thread);
  return std::clamp<std::size_t>(limits.threads != 0 ? limits.threads : worthwhile, 1, std::max<std::size_t>(lanes, 1));
}

// A network belongs to the thread that turns it: this thread's own waits for deadlines, and probes where it is alone.
void Run::open_networks(std::size_t lanes) {
  const std::size_t threads = threads_for(lanes);
  while (threads > 1 && networks_.size() < threads) {
    auto network = ports_.make_network();
    if (!network) {
      break;  // out of descriptors: those that there are do
    }
    networks_.push_back(further_networks_.emplace_back(std::move(*network)).get());
  }
  if (networks_.empty()) {
    networks_.push_back(&ports_.network);
  }
}

void Run::take(const evidence::Evidence& evidence) {
  last_evidence_ = std::max(last_evidence_, evidence.id);
  last_connection_ = std::max(last_connection_, evidence.path.connection);
  if (comparer_ != nullptr) {
    comparer_->take(evidence);
  } else {
    judge_->add(evidence);
  }
  if (output_) {
    output_->take(evidence);
  }
  if (evidence.role == evidence::Role::leak) {
    return;
  }
  if (evidence.role == evidence::Role::origin) {
    if (origin_source_ != nullptr) {
      origin_source_->take(evidence);
    }
    return;
  }
  const base::Failure* failure = evidence.failure();
  if (failure != nullptr && failure->cause == base::FailureCause::cancelled) {
    return;
  }
  ++footer_.probes;
  cells_judged_ += evidence.sample == 0 ? 1 : 0;
  if (settings_.most_rounds > 0) {
    keep_last_look(evidence);
  }
  if (settings_.purpose == evidence::Purpose::arm) {
    note_holding(evidence);
  } else if (settings_.is_fail_fast && !is_stale_proven_) {
    look_closer(evidence);
  }
}

// A baseline is worth most where the edge was seen to hold the object: its first answer may be the one that
// fills the cache, and then a second one shows the hit.
void Run::note_holding(const evidence::Evidence& evidence) {
  if (is_from_cache(evidence)) {
    ++cells_held_;
  } else if (evidence.sample == 0 && evidence.response() != nullptr) {
    not_held_.push_back(evidence.cell);
  }
}

// --fail-fast ends a run on proof, and one sample is none: stale-while-revalidate serves old bytes once.
void Run::look_closer(const evidence::Evidence& evidence) {
  const verdict::Verdict verdict = judge_->first_verdict_of(evidence.cell);
  if (verdict.state != verdict::State::stale || verdict.is_waived) {
    return;
  }
  if (evidence.sample == 0) {
    plan_source_->ask_again(evidence.cell, next_sample(evidence.cell));
  } else {
    is_stale_proven_ = true;
  }
}

bool Run::notice_interrupt() {
  if (const auto signal = ports_.interrupts.pending()) {
    interrupted_ = exit_code_of(*signal);
    footer_.why_incomplete = "interrupted";
    is_stopped_ = true;
  }
  return interrupted_.has_value();
}

bool Run::must_stop() {
  if (output_) {
    output_->flush_when_due();
  }
  const probe::ProbeProgress& progress = active_->progress();
  progress_.update(progress.finished - before_phase_.finished, progress.failed - before_phase_.failed);
  if (notice_interrupt()) {
    return true;
  }
  if (output_ && output_->error()) {
    footer_.why_incomplete = "the evidence file could not be written";
  } else if (is_stale_proven_) {
    footer_.why_incomplete = "--fail-fast";
  } else {
    return false;
  }
  is_stopped_ = true;
  return true;
}

void Run::end(probe::Prober::End end) {
  if (end == probe::Prober::End::deadline && !is_stopped_) {
    is_stopped_ = true;
    footer_.why_incomplete = "total deadline";
  }
}

void Run::probe(probe::RequestSource& source, std::string_view what, std::uint64_t total) {
  if (!is_stopped_) {
    end(run_phase(source, what, total));
  }
}

probe::Prober::End Run::run_phase(probe::RequestSource& source, std::string_view what, std::uint64_t total) {
  before_phase_ = active_->progress();
  progress_.begin(what, total);
  const probe::Prober::End end = active_->run(source, *this, {deadline_, [this] { return must_stop(); }});
  progress_.end();
  return end;
}

void Run::probe_edges() {
  while (!is_stopped_ && plan_source_->open_next_variant()) {
    const std::string_view variant = plan_.roster().variant(plan_source_->variant());
    probe(*plan_source_, fmt::format("probing edges for {}", variant), plan_source_->requests_of_variant());
  }
  if (settings_.purpose == evidence::Purpose::arm) {
    ask_again(std::exchange(not_held_, {}), "looking again at what was not held", Connections::kept);
  } else if (settings_.purpose == evidence::Purpose::verify) {
    probe_suspects();
    ask_origins_again();
    probe_after_propagation();
  }
}

// Samples are numbered from 0, and an edge that hides several servers took some at once.
std::uint16_t Run::next_sample(const evidence::Cell& cell) {
  return static_cast<std::uint16_t>(plan_source_->samples(cell.edge) - 1U + ++again_[cell]);
}

void Run::ask_again(const std::vector<evidence::Cell>& cells, std::string_view what, Connections connections) {
  if (is_stopped_) {
    return;
  }
  AgainSource source(plan_, writer_, replicas_.size(), connections, round_ ? round_->number : std::uint16_t{0});
  for (const evidence::Cell& cell : cells) {
    source.add(cell, next_sample(cell));
  }
  if (source.left() > 0) {
    probe(source, what, source.left());
  }
}

// All suspects once; from then on those that may still change, evenly thinned out where they are very many.
std::vector<evidence::Cell> Run::cells_to_look_at_again(std::size_t look) const {
  if (look == 0) {
    std::vector<evidence::Cell> cells = judge_->suspects();
    if (!round_) {
      std::erase_if(cells, [this](const evidence::Cell& cell) { return again_.contains(cell); });
    }
    return cells;
  }
  const std::vector<evidence::Cell> cells = judge_->unsettled();
  const std::size_t stride = cells.size() / most_looked_at_often + 1;
  std::vector<evidence::Cell> few;
  for (std::size_t i = 0; i < cells.size(); i += stride) {
    few.push_back(cells[i]);
  }
  return few;
}

// A look that the deadline would cut short is left out: it would make a whole run an incomplete one.
void Run::probe_suspects() {
  base::Duration needed{};
  for (std::size_t look = 0; look < second_looks.size() && !is_stopped_; ++look) {
    const std::vector<evidence::Cell> cells = cells_to_look_at_again(look);
    const base::Tick when = ports_.network.now() + second_looks.at(look);
    if (cells.empty() || when + needed >= deadline_) {
      return;
    }
    wait_until(when, look == 0 ? "waiting for what edges fetch in the background" : "waiting to look once more");
    ask_again(cells, "looking again at suspects", look % 2 == 0 ? Connections::fresh : Connections::kept);
    needed = std::max(ports_.network.now() - when, plan_.manifest().limits.timeout);
  }
}

void Run::probe_after_propagation() {
  if (is_stopped_ || !purge().is_known) {
    return;
  }
  std::vector<evidence::Cell> cells;
  std::vector<evidence::Cell> samples;  // what was seen before counts no more: every server has to be met again
  for (const evidence::Cell& cell : judge_->suspects()) {
    if (judge_->first_verdict_of(cell).cause == verdict::Cause::within_propagation) {
      cells.push_back(cell);
      samples.insert(samples.end(), plan_source_->samples(cell.edge), cell);
    }
  }
  const base::Instant passed_at = purge().acknowledged_at + header_.policy.propagation;
  const base::Tick when = anchor_.tick + (passed_at - anchor_.wall) + std::chrono::milliseconds(1);
  if (cells.empty() || when >= deadline_) {
    return;
  }
  progress_.note(fmt::format("{} still old within the propagation deadline; looking again at {}",
                             cells.size() == 1 ? "one cell is" : fmt::format("{} cells are", cells.size()),
                             base::rfc3339(passed_at, 0)));
  wait_until(when, "waiting for the propagation deadline");
  ask_again(samples, "looking again after the propagation deadline", Connections::fresh);
}

void Run::wait(base::Duration time, std::string_view what) {
  wait_until(std::min(ports_.network.now() + time, deadline_), what);
}

void Run::wait_until(base::Tick when, std::string_view what) {
  before_phase_ = prober_->progress();
  progress_.begin(what, 0);
  WakeUp wake_up;
  const ports::TimerId timer = ports_.network.arm_timer(when, wake_up);
  while (!wake_up.has_rung() && !must_stop()) {
    ports_.network.turn(ports_.network.now() + std::chrono::milliseconds(50));
  }
  ports_.network.cancel_timer(timer);
  progress_.end();
}

void Run::flush_evidence() {
  if (output_) {
    output_->flush();
  }
}

base::Result<void> Run::finish() {
  footer_.cells_left_out = plan_.cells() - std::min(plan_.cells(), cells_judged_);
  footer_.is_complete = !is_stopped_;
  footer_.finished_at = anchor_.at(ports_.network.now());
  if (is_resuming_) {
    save_tls_sessions(ports_, networks_, settings_.is_verbose);
  }
  if (!output_) {
    return {};
  }
  output_->write(footer_);
  return output_->close();
}

}  // namespace cachewitness::app
