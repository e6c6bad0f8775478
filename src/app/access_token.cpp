#include "app/access_token.h"

#include <limits>
#include <utility>

#include <fmt/format.h>

#include "adapters/rs256.h"
#include "app/control_request.h"
#include "base/text.h"
#include "purge/oauth.h"

namespace cachewitness::app {

namespace {

constexpr std::uint64_t token_call = std::numeric_limits<std::uint64_t>::max();
constexpr base::Duration longest_wait = std::chrono::milliseconds(200);  // often enough to notice a signal

base::Result<ports::ControlAnswer> answer_of(const Ports& ports, ports::ControlPlane& control_plane,
                                             const ports::ControlRequest& request) {
  control_plane.start(token_call, request);
  while (!ports.interrupts.pending()) {
    for (ports::ControlAnswer& answer : control_plane.wait(longest_wait)) {
      return std::move(answer);
    }
  }
  return base::fail(purge::errors::no_token, "no access token: interrupted");
}

}  // namespace

base::Result<std::optional<base::Secret>> fetch_access_token(const Ports& ports, ports::ControlPlane& control_plane,
                                                             const manifest::Environment& environment,
                                                             const purge::Grant& grant, const purge::Secrets& secrets) {
  auto request = purge::token_request(*environment.purge, grant, secrets, ports.clock.wall(), adapters::sign_rs256);
  if (!request) {
    return std::unexpected(std::move(request).error());
  }
  if (!*request) {
    return std::optional<base::Secret>();
  }
  const ports::ControlRequest out = control_request(**request, environment.tls.ca_file);
  const auto answer = answer_of(ports, control_plane, out);
  if (!answer) {
    return std::unexpected(answer.error());
  }
  if (answer->failure) {
    return base::fail(purge::errors::no_token,
                      fmt::format("no access token from {}: {} ({})", base::printable(out.url),
                                  base::name(answer->failure->cause), base::printable(answer->failure->detail)));
  }
  auto token = purge::read_token({answer->status, answer->head, answer->body});
  return token ? base::Result<std::optional<base::Secret>>(std::optional(std::move(*token)))
               : std::unexpected(std::move(token).error());
}

}  // namespace cachewitness::app
