#include "probe/response_reader.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/assert.h"

namespace cachewitness::probe {

using base::FailureCause;
using base::Stage;

ResponseReader::ResponseReader(const SessionLimits& limits) : limits_(limits), witness_(limits.body) {}

void ResponseReader::start() {
  state_ = State::head;
  has_bytes_ = false;
  interim_responses_ = 0;
  raw_head_.clear();
}

std::size_t ResponseReader::receive(std::string_view bytes) {
  std::size_t taken = 0;
  while (taken < bytes.size() && (state_ == State::head || state_ == State::body)) {
    has_bytes_ = true;
    const std::string_view rest = bytes.substr(taken);
    taken += state_ == State::head ? receive_head(rest) : receive_body(rest);
  }
  return taken;
}

std::size_t ResponseReader::receive_head(std::string_view bytes) {
  const std::size_t before = raw_head_.size();
  // What cannot be head is not copied: the buffer lives as long as the connection.
  const std::size_t empty_line = bytes.find("\r\n\r\n");
  bytes = bytes.substr(0, empty_line != std::string_view::npos ? empty_line + 4 : limits_.head.head_bytes);
  raw_head_.append(bytes);
  // The parser names what is wrong with a line once the line is there, so it runs once a line and not once a
  // byte; the limit on fields bounds how often. What is not HTTP shows within the first bytes.
  constexpr std::size_t version_bytes = 8;
  if (before >= version_bytes && !bytes.contains('\n') && raw_head_.size() < limits_.head.head_bytes) {
    return bytes.size();
  }
  const auto parsed = memo_.parse(raw_head_, limits_.head, head_);
  if (parsed) {
    const std::size_t taken = head_.size - before;
    raw_head_.resize(head_.size);  // shrinks in place: the views of head_ stay valid
    finish_head();
    return taken;
  }
  if (parsed.error() == http::HeadDefect::too_large) {
    fail(Stage::head, FailureCause::too_large,
         fmt::format("response head is over a limit: {} bytes, {} fields, {} bytes a value", limits_.head.head_bytes,
                     limits_.head.fields, limits_.head.value_bytes));
  } else if (parsed.error() != http::HeadDefect::incomplete) {
    fail(Stage::head, FailureCause::malformed, fmt::format("response head: {}", name(parsed.error())));
  }
  return bytes.size();
}

void ResponseReader::finish_head() {
  if (head_.status == 101) {  // RFC 9110 7.8: never without an Upgrade in the request
    return fail(Stage::head, FailureCause::malformed, "101 without having been asked to switch protocols");
  }
  if (head_.status < 200) {
    raw_head_.clear();
    if (++interim_responses_ > limits_.interim_responses) {
      fail(Stage::head, FailureCause::too_large,
           fmt::format("more than {} interim responses", limits_.interim_responses));
    }
    return;
  }
  if (!memo_.repeats_framing() && !read_framing()) {
    return;
  }
  reader_ = framing_;
  witness_.start();
  state_ = State::body;
  if (reader_.is_complete()) {
    finish_body();
  }
}

bool ResponseReader::read_framing() {
  auto reader = http::BodyReader::for_response(head_, false);
  if (!reader) {
    fail(Stage::head, FailureCause::malformed, fmt::format("message framing: {}", name(reader.error())));
    return false;
  }
  framing_ = std::move(*reader);
  keeps_connection_ = http::keeps_connection(head_);
  witness_.read_codings(head_);
  return true;
}

std::size_t ResponseReader::receive_body(std::string_view bytes) {
  const auto taken = reader_.feed(bytes, witness_);
  if (!witness_.exceeded().empty()) {
    fail_with_limit();
  } else if (!taken) {
    const bool is_large = taken.error() == http::FramingDefect::trailers_too_large;
    fail(Stage::body, is_large ? FailureCause::too_large : FailureCause::malformed,
         fmt::format("message framing: {}", name(taken.error())));
  } else if (reader_.is_complete()) {
    finish_body();
  }
  return taken ? *taken : bytes.size();
}

void ResponseReader::finish_body() {
  witness_.end();
  if (witness_.exceeded().empty()) {
    state_ = State::complete;
  } else {
    fail_with_limit();
  }
}

void ResponseReader::fail_with_limit() {
  fail(Stage::body, FailureCause::too_large, fmt::format("{} ({} bytes)", witness_.exceeded(), limits_.body.max_bytes));
}

void ResponseReader::receive_end() {
  if (state_ == State::body && reader_.ends_at_close()) {
    finish_body();
  } else if (state_ == State::body || state_ == State::head) {
    const Stage stage = state_ == State::body ? Stage::body : Stage::head;
    fail(stage, FailureCause::reset, fmt::format("connection closed {}", progress()));
  }
}

void ResponseReader::fail(Stage stage, FailureCause cause, std::string detail) {
  state_ = State::failed;
  failure_ = {stage, cause, std::move(detail)};
}

const base::Failure& ResponseReader::failure() const {
  CW_ASSERT(state_ == State::failed);
  return failure_;
}

std::string ResponseReader::progress() const {
  if (state_ == State::body) {
    return fmt::format("after {} bytes of the body", witness_.wire_bytes());
  }
  if (interim_responses_ > 0 && raw_head_.empty()) {
    return fmt::format("after {} interim responses", interim_responses_);
  }
  return has_bytes_ ? fmt::format("after {} bytes of the response head", raw_head_.size())
                    : std::string("before any byte of a response");
}

bool ResponseReader::is_reusable() const {
  CW_ASSERT(state_ == State::complete);
  return !reader_.ends_at_close() && keeps_connection_;
}

void ResponseReader::write_response(evidence::Response& out) {
  CW_ASSERT(state_ == State::complete);
  out.status = head_.status;
  out.head.assign(raw_head_);
  witness_.write(out.body);
}

}  // namespace cachewitness::probe
