#include "adapters/http_connect.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/assert.h"
#include "base/base64.h"
#include "base/text.h"

namespace cachewitness::adapters {

namespace {

// A proxy has little to say.
constexpr http::HeadLimits limits{.head_bytes = 16 * 1024, .fields = 100, .value_bytes = 8 * 1024};
constexpr int most_interim_responses = 10;
constexpr std::size_t most_reason_bytes = 80;

// Of the statuses that a proxy answers with on its own account: 502 to 504 say that it did not get through
// (RFC 9110 15.6.3 to 15.6.5), everything else that it did not want to.
base::FailureCause cause_of(int status) {
  if (status == 504) {
    return base::FailureCause::timeout;
  }
  return status == 502 || status == 503 ? base::FailureCause::unreachable : base::FailureCause::refused;
}

}  // namespace

void HttpConnect::start(std::string& out) {
  const std::string authority = to_.text();
  fmt::format_to(std::back_inserter(out), "CONNECT {0} HTTP/1.1\r\nHost: {0}\r\n", authority);
  if (!proxy().user.empty()) {
    out += "Proxy-Authorization: Basic " + credentials() + "\r\n";
  }
  out += "\r\n";
}

std::string HttpConnect::credentials() const { return base::base64(proxy().user + ":" + proxy().password); }

// What a proxy says is shown; what we have told it in confidence is not.
bool HttpConnect::repeats_credentials(std::string_view text) const {
  return !proxy().user.empty() &&
         (text.contains(proxy().user) || text.contains(proxy().password) || text.contains(credentials()));
}

std::size_t HttpConnect::receive(std::string_view bytes, std::string& /*out*/) {
  std::size_t taken = 0;
  while (state() == State::talking && taken < bytes.size()) {
    const std::string_view rest = bytes.substr(taken);
    const std::size_t before = raw_head_.size();
    raw_head_.append(rest.substr(0, limits.head_bytes));
    // What is wrong with a line shows once the line is there: a drip of bytes is not parsed byte by byte.
    constexpr std::size_t version_bytes = 8;
    if (before >= version_bytes && !rest.contains('\n') && raw_head_.size() < limits.head_bytes) {
      return bytes.size();
    }
    const auto parsed = http::parse_response_head(raw_head_, limits, head_);
    if (!parsed) {
      take_defect(parsed.error());
      return bytes.size();
    }
    CW_ASSERT(head_.size > before);
    taken += head_.size - before;
    take_head();
    raw_head_.clear();
  }
  return taken;
}

// RFC 9110 9.3.6: any 2xx opens the tunnel, and Content-Length and Transfer-Encoding mean nothing in it.
void HttpConnect::take_head() {
  if (head_.status >= 200 && head_.status < 300) {
    open();
  } else if (head_.status >= 300) {
    refuse();
  } else if (head_.status == 101) {  // RFC 9110 7.8: never without an Upgrade in the request
    fail(base::FailureCause::malformed, "answered CONNECT with 101, without having been asked to switch protocols");
  } else if (++interim_responses_ > most_interim_responses) {
    fail(base::FailureCause::too_large,
         fmt::format("answered CONNECT with more than {} interim responses", most_interim_responses));
  }
}

void HttpConnect::take_defect(http::HeadDefect defect) {
  if (defect == http::HeadDefect::too_large) {
    fail(base::FailureCause::too_large,
         fmt::format("answered CONNECT with a head over a limit: {} bytes, {} fields, {} bytes a value",
                     limits.head_bytes, limits.fields, limits.value_bytes));
  } else if (defect != http::HeadDefect::incomplete) {
    fail(base::FailureCause::malformed, fmt::format("answered CONNECT with a broken head: {}", name(defect)));
  }
}

void HttpConnect::refuse() {
  std::string answer = fmt::format("answered CONNECT with {}", head_.status);
  if (!head_.reason.empty() && !repeats_credentials(head_.reason)) {
    answer += " " + base::printable(head_.reason, most_reason_bytes);
  }
  if (head_.status == 407) {
    answer +=
        proxy().user.empty() ? "; give it proxy_user and proxy_password" : "; check proxy_user and proxy_password";
  }
  fail(cause_of(head_.status), answer);
}

}  // namespace cachewitness::adapters
