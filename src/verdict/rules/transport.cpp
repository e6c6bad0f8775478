#include "verdict/rules/catalogue.h"

#include <algorithm>
#include <initializer_list>

#include <fmt/format.h>

#include "base/text.h"

namespace cachewitness::verdict::rule {

namespace {

// The beginning of a sentence that the failure's detail ends.
std::string_view what_failed(base::Stage stage) {
  switch (stage) {
    case base::Stage::resolve:
      return "The name could not be resolved";
    case base::Stage::connect:
      return "No connection came about";
    case base::Stage::tls:
      return "The TLS handshake failed";
    case base::Stage::request:
      return "The request could not be sent";
    case base::Stage::head:
      return "No usable response head came";
    case base::Stage::body:
      return "The head came, and no usable body";
  }
  return "The request failed";
}

// The edge never answered, and this is how it failed first. A cell that answered once is judged by its answers.
Ruling judge_failure(const CellView& view, std::initializer_list<base::FailureCause> causes) {
  if (view.failures.empty()) {
    return does_not_apply();
  }
  const Sighting& failure = *view.failures.front();
  if (std::ranges::find(causes, failure.cause) == causes.end()) {
    return does_not_apply();
  }
  if (!view.looks.empty()) {
    return passes(fmt::format("{} of {} requests failed, but the edge answered the others.", view.failures.size(),
                              view.failures.size() + view.looks.size()));
  }
  // We saw it fail: only the path between us and the edge is left to doubt.
  constexpr double confidence = 0.9;
  const std::string detail = base::printable(failure.failure_detail.view());
  return fires(view, failure, confidence,
               fmt::format("{}{}{}.", what_failed(failure.stage), detail.empty() ? "" : ": ", detail));
}

template <base::FailureCause... causes>
Ruling judge_as(const CellView& view) {
  return judge_failure(view, {causes...});
}

}  // namespace

using base::FailureCause;

constinit const Rule dns{
    .id = "dns",
    .state = State::error,
    .cause = Cause::dns,
    .occasion = Occasion::failure,
    .failure_mode = "",
    .anchor = "RFC 9110 4.2",
    .summary = "The edge's name does not resolve.",
    .explanation =
        "The address that the manifest gives for this edge could not be turned into a numeric one, so "
        "nothing was sent and nothing is known about its cache.",
    .remedy = "Correct the address of {edge} in the manifest, or the resolver of the machine that probes.",
    .judge = judge_as<FailureCause::dns>};

constinit const Rule refused{
    .id = "refused",
    .state = State::error,
    .cause = Cause::refused,
    .occasion = Occasion::failure,
    .failure_mode = "",
    .anchor = "RFC 9293 3.5",
    .summary = "The edge refuses connections, or no route leads to it.",
    .explanation =
        "Nothing listens at the edge's address, or the network says that it cannot be reached. Users who are "
        "sent there get nothing; whether its store is stale is not known.",
    .remedy = "Check that {edge} runs and listens, that a firewall lets the prober through, and verify again.",
    .judge = judge_as<FailureCause::refused, FailureCause::unreachable>};

constinit const Rule timeout{
    .id = "timeout",
    .state = State::error,
    .cause = Cause::timeout,
    .occasion = Occasion::failure,
    .failure_mode = "",
    .anchor = "RFC 9110 15.6.5",
    .summary = "The edge did not finish its answer in time.",
    .explanation =
        "The whole exchange has one deadline, so an edge that drips a byte now and then is caught as well as "
        "one that says nothing. What its cache holds is not known.",
    .remedy = "Look at the load of {edge}; raise limits.timeout only if its users wait that long too.",
    .judge = judge_as<FailureCause::timeout>};

constinit const Rule reset{
    .id = "reset",
    .state = State::error,
    .cause = Cause::reset,
    .occasion = Occasion::failure,
    .failure_mode = "",
    .anchor = "RFC 9112 8",
    .summary = "The connection broke before the answer was whole.",
    .explanation =
        "The edge, or something on the way, cut the connection. An answer that was cut short is no answer "
        "(RFC 9112 8): it proves neither the old nor the new version.",
    .remedy = "Look for crashes, restarts or connection limits at {edge}, and verify again.",
    .judge = judge_as<FailureCause::reset>};

constinit const Rule tls{
    .id = "tls",
    .state = State::error,
    .cause = Cause::tls,
    .occasion = Occasion::failure,
    .failure_mode = "",
    .anchor = "RFC 9110 4.3.4",
    .summary = "The TLS handshake failed, or the certificate does not cover the host.",
    .explanation =
        "The edge was reached, but it could not prove to be the host that was asked for. Users' browsers "
        "refuse it in the same way.",
    .remedy = "Check the certificate of {edge} for this host, and tls.ca and tls.server_name in the manifest.",
    .judge = judge_as<FailureCause::tls>};

constinit const Rule malformed_response{
    .id = "malformed-response",
    .state = State::error,
    .cause = Cause::malformed_response,
    .occasion = Occasion::failure,
    .failure_mode = "",
    .anchor = "RFC 9112 2.2",
    .summary = "What the edge sent is not HTTP.",
    .explanation =
        "The answer breaks the syntax of HTTP/1.1 in a way that clients read differently from one another. "
        "It is not guessed at.",
    .remedy = "Look at the raw head in the evidence, and at what generates headers at {edge}.",
    .judge = judge_as<FailureCause::malformed>};

constinit const Rule too_large{
    .id = "too-large",
    .state = State::error,
    .cause = Cause::too_large,
    .occasion = Occasion::failure,
    .failure_mode = "",
    .anchor = "RFC 9110 17.5",
    .summary = "The answer is larger than the manifest's limits.",
    .explanation = "Headers or body went over the limit that protects the prober, so the body could not be hashed.",
    .remedy = "Raise limits.max_body_bytes or limits.max_header_bytes if {url} is really that large.",
    .judge = judge_as<FailureCause::too_large>};

}  // namespace cachewitness::verdict::rule
