#include "probe/http2_session.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/assert.h"
#include "http/h2/frame.h"

namespace cachewitness::probe {

using base::FailureCause;
using base::Stage;
using http::h2::ErrorCode;

namespace {

constexpr std::uint32_t most_streams = 128;
// A header block is mostly smaller than its text, never much larger.
constexpr std::size_t block_slack = http::h2::default_max_frame_bytes;
constexpr std::uint32_t answer_patience = 10;
// Servers take many resets for an attack (CVE-2023-44487): a burst, then so many a second, then we rather read on.
constexpr base::Duration reset_interval = std::chrono::milliseconds(50);
constexpr int reset_burst = 50;

// What a body within its limit needs, with padding of the same size: no stream is ever sent an update.
std::uint32_t stream_window(const BodyLimits& limits) {
  const std::uint64_t wanted = 2 * std::uint64_t{limits.max_bytes} + http::h2::default_window_bytes;
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(wanted, http::h2::max_window_bytes));
}

// RFC 9113 6.5.2 counts 32 bytes a field on top of its name and value.
std::uint32_t header_list_bytes(const http::HeadLimits& limits) {
  return static_cast<std::uint32_t>(
      std::min<std::uint64_t>(limits.head_bytes + 32 * std::uint64_t{limits.fields}, 0xFFFFFFFF));
}

}  // namespace

Http2Session::Http2Session(Http2Settings settings, SessionEvents& events)
    : settings_(std::move(settings)),
      events_(events),
      frames_(settings_.limits.head.head_bytes + block_slack),
      fields_(settings_.limits.head),
      stream_window_(stream_window(settings_.limits.body)) {
  settings_.max_streams = std::clamp<std::uint32_t>(settings_.max_streams, 1, most_streams);
}

Http2Session::~Http2Session() = default;

void Http2Session::start(std::string& out) {
  frames_.start();
  fields_.start();
  request_.start();
  free_.clear();
  for (std::size_t slot = streams_.size(); slot-- > 0;) {
    streams_[slot]->id = 0;
    streams_[slot]->exchange = nullptr;
    free_.push_back(static_cast<std::uint32_t>(slot));
  }
  slot_at_.fill(0);
  next_id_ = 1;
  open_ = 0;
  carried_ = 0;
  max_streams_ = settings_.max_streams;
  has_finished_any_ = false;
  is_draining_ = false;
  is_broken_ = false;
  connection_window_ = connection_window;
  patience_ = most_patience;
  goaway_code_ = ErrorCode::no_error;
  reset_due_ = {};

  constexpr std::uint32_t setting_bytes = 6;
  out.append(http::h2::client_preface);
  http::h2::append_frame_header({3 * setting_bytes, http::h2::FrameType::settings, 0, 0}, out);
  http::h2::append_setting(http::h2::Setting::enable_push, 0, out);
  http::h2::append_setting(http::h2::Setting::initial_window_size, stream_window_, out);
  http::h2::append_setting(http::h2::Setting::max_header_list_size, header_list_bytes(settings_.limits.head), out);
  http::h2::append_window_update(0, connection_window - http::h2::default_window_bytes, out);
}

std::uint32_t Http2Session::room() const { return is_draining_ || open_ >= max_streams_ ? 0 : max_streams_ - open_; }

void Http2Session::begin(Exchange& exchange, std::string& out) {
  CW_ASSERT(room() > 0);
  if (free_.empty()) {
    free_.push_back(static_cast<std::uint32_t>(streams_.size()));
    streams_.push_back(std::make_unique<Stream>(settings_.limits.body));
  }
  // An id may be left out (RFC 9113 5.1.1), and so none ever meets another one in its place.
  while (slot_at_[(next_id_ >> 1) % places] != 0) {
    next_id_ += 2;
  }
  exchange.slot = free_.back();
  free_.pop_back();
  slot_at_[(next_id_ >> 1) % places] = static_cast<std::uint16_t>(exchange.slot + 1);
  streams_[exchange.slot]->start(next_id_, exchange, stream_window_);
  ++open_;
  ++carried_;
  request_.append_get(next_id_, exchange.request, settings_.user_agent, out);
  next_id_ += 2;
  is_draining_ = is_draining_ || next_id_ > http::h2::max_stream_id - 2 * places;
}

void Http2Session::receive(std::string_view bytes, std::string& out) {
  if (is_broken_) {
    return;
  }
  out_ = &out;
  if (!frames_.receive(bytes, *this) && !is_broken_) {
    fail_connection(frames_.error().code, frames_.error().what);
  }
  out_ = nullptr;
}

void Http2Session::receive_end() { end_all(FailureCause::reset, "connection closed", Untouched::give_back); }

void Http2Session::receive_failure(const base::Failure& failure) {
  end_all(failure.cause, failure.detail, Untouched::give_back);
}

void Http2Session::abandon(Exchange& exchange, std::string& out) {
  Stream& stream = carrying(exchange);
  if (!is_broken_) {
    http::h2::append_rst_stream(stream.id, ErrorCode::cancel, out);
  }
  release(stream);
}

Stage Http2Session::stage(const Exchange& exchange) const { return stage(carrying(exchange)); }

std::string Http2Session::progress(const Exchange& exchange) const { return progress(carrying(exchange)); }

Stage Http2Session::stage(const Stream& stream) const {
  return stream.state == Stream::State::body ? Stage::body : Stage::head;
}

std::string Http2Session::progress(const Stream& stream) const {
  if (stream.state == Stream::State::body) {
    return fmt::format("after {} bytes of the body", stream.witness.wire_bytes());
  }
  if (frames_.block_stream() == stream.id) {
    return fmt::format("after {} bytes of the response head", frames_.block_bytes());
  }
  return stream.interim_responses > 0 ? fmt::format("after {} interim responses", stream.interim_responses)
                                      : std::string("before any byte of a response");
}

Http2Stream* Http2Session::find(std::uint32_t id) const {
  const std::uint16_t place = slot_at_[(id >> 1) % places];
  Stream* const stream = place != 0 ? streams_[place - 1].get() : nullptr;
  return stream != nullptr && stream->id == id ? stream : nullptr;
}

Http2Stream& Http2Session::carrying(const Exchange& exchange) const {
  CW_ASSERT(exchange.slot < streams_.size() && streams_[exchange.slot]->exchange == &exchange);
  return *streams_[exchange.slot];
}

// RFC 9113 5.1: nobody has opened it. Servers open none, as we do not allow push.
bool Http2Session::is_idle(std::uint32_t id) const { return id % 2 == 0 || id >= next_id_; }

bool Http2Session::is_untouched(const Stream& stream) const {
  return !stream.has_bytes && frames_.block_stream() != stream.id;
}

void Http2Session::note_first_byte(Stream& stream) {
  if (!std::exchange(stream.has_bytes, true)) {
    events_.on_first_byte(*stream.exchange);
  }
}

void Http2Session::finish_with_head(Stream& stream) {
  auto& outcome = stream.exchange->evidence.outcome;
  auto* const kept = std::get_if<evidence::Response>(&outcome);
  evidence::Response& response = kept != nullptr ? *kept : outcome.emplace<evidence::Response>();
  response.status = stream.status;
  response.head.swap(stream.head);  // both keep their capacity
  response.body.wire_bytes = 0;
  response.body.decoded_bytes = 0;
  response.body.sha256.reset();
  response.body.decode_error.clear();
  response.body.masked_bytes = 0;
  response.body.marks.clear();
  const base::Instant now = stream.exchange->evidence.first_byte_at;
  Exchange& exchange = detach(stream);
  has_finished_any_ = true;
  patience_ = std::min(patience_ + answer_patience, most_patience);
  // A body that is on its way already is cheaper to read than to stop.
  const bool is_short = stream.content_length && *stream.content_length <= http::h2::default_max_frame_bytes;
  if (stream.is_ended) {
    release(stream);
  } else if (!is_short && may_reset(now)) {
    http::h2::append_rst_stream(stream.id, ErrorCode::cancel, *out_);
    release(stream);
  } else {
    stream.state = Stream::State::ignored;
  }
  events_.on_outcome(exchange);
}

void Http2Session::finish_with_body(Stream& stream) {
  stream.witness.end();
  if (!stream.witness.exceeded().empty()) {
    return fail_with_limit(stream);
  }
  // RFC 9113 8.1.1: what has no content may well say how much it would have.
  if (stream.content_length && stream.has_content && *stream.content_length != stream.witness.wire_bytes()) {
    return fail(stream, FailureCause::malformed,
                fmt::format("message framing: {} bytes of content, content-length is {}", stream.witness.wire_bytes(),
                            *stream.content_length));
  }
  auto& outcome = stream.exchange->evidence.outcome;
  auto* const kept = std::get_if<evidence::Response>(&outcome);
  evidence::Response& response = kept != nullptr ? *kept : outcome.emplace<evidence::Response>();
  response.status = stream.status;
  response.head.swap(stream.head);
  stream.witness.write(response.body);
  Exchange& exchange = detach(stream);
  release(stream);
  has_finished_any_ = true;
  patience_ = std::min(patience_ + answer_patience, most_patience);
  events_.on_outcome(exchange);
}

void Http2Session::fail_with_limit(Stream& stream) {
  fail(stream, FailureCause::too_large,
       fmt::format("{} ({} bytes)", stream.witness.exceeded(), settings_.limits.body.max_bytes));
}

// A stream error (RFC 9113 5.4.2): the connection goes on.
void Http2Session::fail(Stream& stream, FailureCause cause, std::string detail) {
  if (!stream.is_ended) {
    const bool is_ours = cause == FailureCause::too_large;
    http::h2::append_rst_stream(stream.id, is_ours ? ErrorCode::cancel : ErrorCode::protocol_error, *out_);
  }
  finish_with_failure(stream, {stage(stream), cause, std::move(detail)});
}

void Http2Session::finish_with_failure(Stream& stream, base::Failure failure) {
  Exchange& exchange = detach(stream);
  release(stream);
  exchange.evidence.outcome = std::move(failure);
  events_.on_outcome(exchange);
}

void Http2Session::give_back(Stream& stream) {
  Exchange& exchange = detach(stream);
  release(stream);
  events_.on_unprocessed(exchange);
}

Exchange& Http2Session::detach(Stream& stream) {
  --carried_;
  return *std::exchange(stream.exchange, nullptr);
}

void Http2Session::release(Stream& stream) {
  if (stream.exchange != nullptr) {
    detach(stream);
  }
  std::uint16_t& place = slot_at_[(stream.id >> 1) % places];
  free_.push_back(static_cast<std::uint32_t>(place - 1));
  place = 0;
  stream.id = 0;
  --open_;
}

// Nothing is carried afterwards, and nothing taken.
void Http2Session::end_all(FailureCause cause, std::string_view how, Untouched untouched) {
  is_broken_ = true;
  is_draining_ = true;
  for (const auto& stream : streams_) {
    if (stream->id == 0) {
      continue;
    }
    if (stream->exchange == nullptr) {
      release(*stream);
    } else if (untouched == Untouched::give_back && has_finished_any_ && is_untouched(*stream)) {
      give_back(*stream);
    } else {
      const bool is_told = goaway_code_ != ErrorCode::no_error;
      finish_with_failure(*stream, {stage(*stream), cause,
                                    fmt::format("{}{}{} {}", how, is_told ? " after GOAWAY " : "",
                                                is_told ? name(goaway_code_) : "", progress(*stream))});
    }
  }
}

// A schedule of one reset an interval that may be a burst behind.
bool Http2Session::may_reset(base::Instant now) {
  reset_due_ = std::max(reset_due_, now - reset_burst * reset_interval);
  if (reset_due_ > now) {
    return false;
  }
  reset_due_ = reset_due_ + reset_interval;
  return true;
}

}  // namespace cachewitness::probe
