// Failure: how an exchange with the network ended badly. It is evidence, never an Error.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace cachewitness::base {

// How far the exchange had come.
enum class Stage : std::uint8_t { resolve, connect, tls, request, head, body };

// One word each, the same as the contract's error slugs where the two coincide.
enum class FailureCause : std::uint8_t {
  dns,
  refused,
  unreachable,
  timeout,
  reset,  // the peer or the path cut the connection before the answer was whole
  tls,
  malformed,  // not HTTP as RFC 9112 writes it; `detail` names the defect
  too_large,  // over a limit of the manifest: header bytes, body bytes, interim answers
  cancelled,  // we stopped: total deadline, --fail-fast or an interrupt. Says nothing about the edge
};

struct Failure {
  Stage stage = Stage::connect;
  FailureCause cause = FailureCause::reset;
  std::string detail;  // for a person; may hold peer bytes, so escape it before showing it

  friend bool operator==(const Failure&, const Failure&) = default;
};

[[nodiscard]] std::string_view name(Stage stage);
[[nodiscard]] std::string_view name(FailureCause cause);
// Nothing of the sort: `false` and `out` untouched.
bool parse_name(std::string_view text, Stage& out);
bool parse_name(std::string_view text, FailureCause& out);

}  // namespace cachewitness::base
