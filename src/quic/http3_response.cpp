#include "quic/http3_response.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/assert.h"
#include "http/field_line.h"

namespace cachewitness::quic {

using base::FailureCause;

Http3Response::Http3Response(const probe::SessionLimits& limits) : limits_(limits), witness_(limits.body) {}

void Http3Response::start() {
  state_ = State::head;
  is_body_ = false;
  interim_responses_ = 0;
  trailer_bytes_ = 0;
  begin_head();
}

void Http3Response::begin_head() {
  status_ = 0;
  head_text_.clear();
  lines_.clear();
}

void Http3Response::add_field(std::string_view name, std::string_view value) {
  if (state_ != State::head) {
    return;
  }
  if (name.starts_with(':')) {
    return name == ":status" && head_text_.empty() ? add_status(value)
                                                   : fail(FailureCause::malformed, "response head: bad-pseudo-field");
  }
  // RFC 9114 4.2: no upper case.
  const bool is_lower = std::ranges::none_of(name, [](char c) { return c >= 'A' && c <= 'Z'; });
  if (!is_lower || !http::is_token(name) || !http::is_field_text(value)) {
    return fail(FailureCause::malformed, "response head: bad-field-line");
  }
  constexpr std::size_t around = std::string_view(": \r\n\r\n").size();
  const bool is_large = head_text_.size() + name.size() + value.size() + around > limits_.head.head_bytes;
  if (is_large || lines_.size() == limits_.head.fields || value.size() > limits_.head.value_bytes) {
    return fail(FailureCause::too_large,
                fmt::format("response head is over a limit: {} bytes, {} fields, {} bytes a value",
                            limits_.head.head_bytes, limits_.head.fields, limits_.head.value_bytes));
  }
  head_text_.append(name);
  const std::size_t name_end = head_text_.size();
  head_text_.append(": ").append(value);
  lines_.emplace_back(name_end, head_text_.size());
  head_text_.append("\r\n");
}

// RFC 9114 4.3.2: three digits, and no reason phrase.
void Http3Response::add_status(std::string_view value) {
  const bool is_number = value.size() == 3 && std::ranges::all_of(value, [](char c) { return c >= '0' && c <= '9'; });
  status_ = is_number ? (value[0] - '0') * 100 + (value[1] - '0') * 10 + (value[2] - '0') : 0;
  if (status_ < 100 || status_ == 101) {  // RFC 9114 4.5: there is no 101
    return fail(FailureCause::malformed, "response head: bad-status");
  }
  head_text_.append("HTTP/3 ").append(value).append(" \r\n");
}

void Http3Response::end_head() {
  if (state_ != State::head) {
    return;
  }
  if (status_ == 0) {
    return fail(FailureCause::malformed, "response head: no-status");
  }
  if (status_ < 200) {
    if (++interim_responses_ > limits_.interim_responses) {
      fail(FailureCause::too_large, fmt::format("more than {} interim responses", limits_.interim_responses));
    }
    return begin_head();
  }
  head_text_.append("\r\n");
  head_.status = status_;
  head_.fields.clear();
  const std::string_view text = head_text_;
  std::size_t begin = text.find('\n') + 1;
  for (const auto& [name_end, value_end] : lines_) {
    head_.fields.push_back({text.substr(begin, name_end - begin), text.substr(name_end + 2, value_end - name_end - 2)});
    begin = value_end + 2;
  }
  head_.size = text.size();
  is_body_ = true;
  state_ = State::body;
  witness_.read_codings(head_);
  witness_.start();
}

void Http3Response::take_body(std::string_view bytes) {
  if (state_ == State::body) {
    witness_.take(bytes);
    check_body_limit();
  }
}

// Trailers are no evidence; they are only not to be endless.
void Http3Response::add_trailer(std::string_view name, std::string_view value) {
  trailer_bytes_ += name.size() + value.size();
  if (state_ == State::body && trailer_bytes_ > limits_.head.head_bytes) {
    fail(FailureCause::too_large, "message framing: trailers-too-large");
  }
}

void Http3Response::end() {
  if (state_ == State::head) {
    return fail(FailureCause::reset, fmt::format("stream closed {}", progress()));
  }
  if (state_ == State::body) {
    witness_.end();
    check_body_limit();
    state_ = state_ == State::body ? State::complete : state_;
  }
}

void Http3Response::check_body_limit() {
  if (!witness_.exceeded().empty()) {
    fail(FailureCause::too_large, fmt::format("{} ({} bytes)", witness_.exceeded(), limits_.body.max_bytes));
  }
}

void Http3Response::fail(FailureCause cause, std::string detail) {
  if (state_ == State::head || state_ == State::body) {
    failure_ = {stage(), cause, std::move(detail)};
    state_ = State::failed;
  }
}

std::string Http3Response::progress() const {
  if (is_body_) {
    return fmt::format("after {} bytes of the body", witness_.wire_bytes());
  }
  return interim_responses_ > 0 && head_text_.empty()
             ? fmt::format("after {} interim responses", interim_responses_)
             : fmt::format("after {} bytes of the response head", head_text_.size());
}

void Http3Response::write_response(evidence::Response& out) {
  CW_ASSERT(state_ == State::complete);
  out.status = status_;
  out.head.assign(head_text_);
  witness_.write(out.body);
}

}  // namespace cachewitness::quic
