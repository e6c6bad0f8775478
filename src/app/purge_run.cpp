#include "app/purge_run.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "app/child_environment.h"
#include "app/control_request.h"
#include "app/diagnostics.h"
#include "app/program_end.h"
#include "base/text.h"
#include "manifest/purge_providers.h"
#include "purge/driver.h"

namespace cachewitness::app {

namespace {

// Often enough to notice a signal, and the deadline.
constexpr base::Duration longest_wait = std::chrono::milliseconds(200);

bool has_left(const base::Failure& failure) {
  return failure.stage == base::Stage::request || failure.stage == base::Stage::head ||
         failure.stage == base::Stage::body;
}

// A request that never left may come to pass later; one that left may have come to pass.
purge::Answer answer_of(const base::Failure& failure) {
  purge::Answer answer;
  answer.outcome = has_left(failure) ? purge::Answer::Outcome::unknown : purge::Answer::Outcome::postponed;
  answer.reason =
      fmt::format("{} while {}: {}", base::name(failure.cause),
                  has_left(failure) ? "the answer was awaited" : "connecting", base::printable(failure.detail));
  return answer;
}

base::Duration answer_timeout(const manifest::PurgeSettings& settings) {
  constexpr base::Duration usual = std::chrono::seconds(30);
  return base::parse_duration(manifest::purge_option(settings, "timeout")).value_or(usual);
}

}  // namespace

base::Result<void> PurgeRun::run_driver(std::size_t call, const purge::Request& request) {
  ports::ProcessSpec spec;
  spec.argv = manifest::purge_list(*job_.environment->purge, "run");
  spec.input = request.body;
  spec.overflow = ports::ProcessSpec::Overflow::stop;  // half an answer is none
  spec.working_directory = surroundings_.folder;
  spec.timeout = answer_timeout(*job_.environment->purge);
  spec.environment = child_environment(ports_.environment, manifest::purge_list(*job_.environment->purge, "env"));
  auto ended = ports_.processes.run(spec);
  purge::Response response{purge::driver_failed, {}, {}};
  if (!ended) {
    response.body = ended.error().message;
  } else if (has_succeeded(*ended)) {
    response = {200, {}, std::move(ended->output)};
  } else {
    const std::string_view said = base::trim(ended->diagnostics);
    response.body = fmt::format("the driver {}{}{}", how_it_ended(spec, *ended), said.empty() ? "" : ": ", said);
    response.status = ended->end == ports::ProcessOutcome::End::exited ? purge::driver_failed : purge::driver_was_ended;
  }
  return take(call, response, job_.provider->read(campaign_.calls()[call], response));
}

base::Result<void> PurgeRun::send(std::size_t call, bool is_asking) {
  const manifest::PurgeSettings& settings = *job_.environment->purge;
  const purge::Call& what = campaign_.calls()[call];
  const purge::CallState& state = campaign_.state(call);
  purge::Request request =
      is_asking ? job_.provider->ask(settings, what, state.answer.id) : job_.provider->write(settings, what);
  const bool is_visit = is_asking && what.is_fetched;  // which has nothing that a visitor has not
  for (const auto& [name, text] : settings.options) {
    if (!is_visit && name.starts_with(manifest::purge_header_prefix)) {
      request.headers.push_back({name.substr(manifest::purge_header_prefix.size()), text});
    }
  }
  std::string line;
  purge::append_request(what, state.attempts, is_asking, request, now(), line);
  if (auto written = surroundings_.journal.append(line); !written) {
    return written;
  }
  if (!is_asking) {
    requested_at_ = requested_at_.value_or(ports_.clock.tick());
  }
  if (job_.provider->transport == purge::Transport::program) {
    return run_driver(call, request);
  }
  request = is_visit ? std::move(request) : surroundings_.credentials.sealed(std::move(request));
  ports::ControlRequest out = control_request(request, job_.environment->tls.ca_file);
  out.timeout = answer_timeout(settings);
  is_asking_.resize(campaign_.calls().size());
  is_asking_[call] = is_asking;
  ++in_flight_;
  surroundings_.control_plane.start(call, out);
  return {};
}

void PurgeRun::mask(purge::Answer& answer) const {
  surroundings_.credentials.mask(answer.reason);
  surroundings_.credentials.mask(answer.id);
  for (purge::Refusal& refusal : answer.refused) {
    surroundings_.credentials.mask(refusal.reason);
  }
}

base::Result<void> PurgeRun::take(std::size_t call, const purge::Response& response, purge::Answer answer) {
  mask(answer);
  std::string line;
  purge::append_answer(campaign_.calls()[call], campaign_.state(call).attempts, response.status, answer, now(), line);
  if (purge::is_taken(answer.outcome)) {
    acknowledged_at_ = ports_.clock.tick();
    has_renewed_ = false;  // good credentials may expire again
  }
  const double jitter = static_cast<double>(ports_.entropy.next() >> 11U) / static_cast<double>(1ULL << 53U);
  campaign_.answered(call, std::move(answer), ports_.clock.tick(), jitter);
  progress_.update(campaign_.ended(), 0);
  return surroundings_.journal.append(line);
}

base::Result<void> PurgeRun::take(const ports::ControlAnswer& answer) {
  --in_flight_;
  const std::size_t call = answer.id;
  if (answer.failure) {
    return take(call, {}, answer_of(*answer.failure));
  }
  const purge::Response response{answer.status, answer.head, answer.body};
  const purge::Call& what = campaign_.calls()[call];
  const bool is_state = is_asking_[call] && job_.provider->read_state != nullptr;
  return take(call, response,
              is_state ? job_.provider->read_state(*job_.environment->purge, what, response)
                       : job_.provider->read(what, response));
}

bool PurgeRun::must_end() {
  if (const auto signal = ports_.interrupts.pending()) {
    interrupted_ = exit_code_of(*signal);
    why_incomplete_ = "interrupted";
  } else if (surroundings_.deadline && ports_.clock.tick() >= *surroundings_.deadline) {
    why_incomplete_ = "its deadline has passed";
  } else if (campaign_.is_denied() && in_flight_ == 0) {
    // A token may have expired meanwhile; it is read again once, and when that one is refused too a person has to look.
    const auto renewed = has_renewed_ ? base::Result<void>() : surroundings_.credentials.read();
    if (has_renewed_ || !renewed) {
      why_incomplete_ = renewed ? "the provider refuses the credentials" : renewed.error().message;
    } else {
      has_renewed_ = true;
      campaign_.renew_credentials();
    }
  }
  return !why_incomplete_.empty();
}

base::Result<void> PurgeRun::run() {
  using What = purge::Campaign::Action::What;
  progress_.begin("purging", campaign_.calls().size());
  while (!must_end()) {
    const base::Tick now = ports_.clock.tick();
    const purge::Campaign::Action action = campaign_.next(now);
    if (action.what == What::finish) {
      break;
    }
    if (action.what != What::wait) {
      if (auto sent = send(action.call, action.what == What::ask); !sent) {
        return sent;
      }
      continue;
    }
    const base::Duration left =
        action.until == base::Tick::never() ? longest_wait : std::max(action.until - now, base::Duration::zero());
    for (const ports::ControlAnswer& answer : surroundings_.control_plane.wait(std::min(left, longest_wait))) {
      if (auto taken = take(answer); !taken) {
        return taken;
      }
    }
  }
  if (!why_incomplete_.empty()) {
    campaign_.stop();
  }
  progress_.end();
  std::string line;
  purge::append_end(why_incomplete_.empty(), this->now(), line);
  return surroundings_.journal.append(line);
}

}  // namespace cachewitness::app
