// What the frames of a server do to the streams of an Http2Session.
#include <algorithm>

#include <fmt/format.h>

#include "http/h2/response_head.h"
#include "probe/http2_session.h"

namespace cachewitness::probe {

using base::FailureCause;
using base::Stage;
using http::h2::ErrorCode;
using http::h2::FrameType;

namespace {

// DATA of that size costs the peer as much as it costs us.
constexpr std::uint32_t substantial_bytes = 1024;

}  // namespace

bool Http2Session::on_header_block(std::uint32_t id, std::string_view block, bool ends_stream) {
  // Before anything else, whoever it is for: the table must see every block (RFC 9113 4.3).
  const auto decoded = fields_.decode(block);
  if (!decoded) {
    return fail_connection(ErrorCode::compression_error, name(decoded.error()));
  }
  Stream* const stream = find(id);
  if (stream == nullptr) {
    return is_idle(id) ? fail_connection(ErrorCode::protocol_error, "HEADERS on a stream that nobody opened") : spend();
  }
  stream->is_ended = ends_stream;
  if (stream->state == Stream::State::ignored) {
    if (ends_stream) {
      release(*stream);
    }
    return spend();
  }
  note_first_byte(*stream);
  if (stream->state == Stream::State::head) {
    take_head(*stream);
  } else {
    take_trailers(*stream);
  }
  return !is_broken_;
}

void Http2Session::take_head(Stream& stream) {
  if (fields_.is_too_large()) {
    const http::HeadLimits& limits = settings_.limits.head;
    return fail(stream, FailureCause::too_large,
                fmt::format("response head is over a limit: {} bytes, {} fields, {} bytes a value", limits.head_bytes,
                            limits.fields, limits.value_bytes));
  }
  const auto head = http::h2::read_response_head(fields_.text(), fields_.lines());
  if (!head) {
    return fail(stream, FailureCause::malformed, fmt::format("response head: {}", name(head.error())));
  }
  if (head->status == 101) {  // RFC 9113 8.6
    return fail(stream, FailureCause::malformed, "101, which HTTP/2 does not have");
  }
  if (head->status >= 200) {
    stream.status = head->status;
    stream.content_length = head->content_length;
    stream.has_content = head->status != 204 && head->status != 304;
    return take_final_head(stream);
  }
  if (stream.is_ended) {  // RFC 9113 8.1
    return fail(stream, FailureCause::malformed, "an interim response that ends the stream");
  }
  if (++stream.interim_responses > settings_.limits.interim_responses) {
    fail(stream, FailureCause::too_large,
         fmt::format("more than {} interim responses", settings_.limits.interim_responses));
  }
}

void Http2Session::take_final_head(Stream& stream) {
  const std::string_view text = fields_.text();
  const auto lines = fields_.lines();
  // In place of the line of ":status", which is the first one, stands what HTTP/1 calls a status line.
  stream.head.assign("HTTP/2 ").append(lines[0].value(text)).append(" \r\n");
  stream.head.append(lines.size() > 1 ? text.substr(lines[1].at) : std::string_view{}).append("\r\n");
  if (settings_.resets_after_head) {
    return finish_with_head(stream);
  }
  coded_.fields.clear();
  for (const http::h2::FieldLine& line : lines) {
    if (line.kind == http::h2::FieldKind::content_encoding) {
      coded_.fields.push_back({line.name(text), line.value(text)});
    }
  }
  stream.witness.read_codings(coded_);
  stream.witness.start();
  stream.state = Stream::State::body;
  if (stream.is_ended) {
    finish_with_body(stream);
  }
}

// RFC 9113 8.1: a second header block after the head ends the stream. Its fields are checked and not kept.
void Http2Session::take_trailers(Stream& stream) {
  if (!stream.is_ended) {
    return fail(stream, FailureCause::malformed, "a second response head");
  }
  if (fields_.is_too_large()) {
    return fail(stream, FailureCause::too_large, "trailers are over a limit of the head");
  }
  if (const auto checked = http::h2::check_trailers(fields_.lines()); !checked) {
    return fail(stream, FailureCause::malformed, fmt::format("trailers: {}", name(checked.error())));
  }
  finish_with_body(stream);
}

bool Http2Session::on_data_begin(std::uint32_t id, std::uint32_t length) {
  connection_window_ -= length;
  if (connection_window_ < 0) {
    return fail_connection(ErrorCode::flow_control_error, "more DATA than the window of the connection");
  }
  if (connection_window_ < connection_window / 2) {
    http::h2::append_window_update(0, static_cast<std::uint32_t>(connection_window - connection_window_), *out_);
    connection_window_ = connection_window;
  }
  Stream* const stream = find(id);
  if (stream == nullptr) {
    if (is_idle(id)) {
      return fail_connection(ErrorCode::protocol_error, "DATA on a stream that nobody opened");
    }
    return length >= substantial_bytes || spend();  // on its way when we stopped it
  }
  stream->window_left -= length;
  if (stream->state == Stream::State::ignored) {
    if (stream->window_left <= 0) {  // it would wait for ever
      http::h2::append_rst_stream(id, ErrorCode::cancel, *out_);
      release(*stream);
    }
    return true;
  }
  if (stream->window_left < 0) {
    fail(*stream, FailureCause::malformed, "more DATA than the window of the stream");
  } else if (stream->state == Stream::State::head) {
    note_first_byte(*stream);
    fail(*stream, FailureCause::malformed, "DATA before the response head");
  }
  return true;
}

bool Http2Session::on_data(std::uint32_t id, std::string_view content) {
  Stream* const stream = find(id);
  if (stream == nullptr || stream->state != Stream::State::body) {
    return true;
  }
  stream->witness.take(content);
  if (!stream->has_content) {
    fail(*stream, FailureCause::malformed, fmt::format("message framing: content in a response {}", stream->status));
  } else if (!stream->witness.exceeded().empty()) {
    fail_with_limit(*stream);
  } else if (stream->content_length && stream->witness.wire_bytes() > *stream->content_length) {
    fail(*stream, FailureCause::malformed,
         fmt::format("message framing: more content than content-length, {} bytes", *stream->content_length));
  }
  return true;
}

bool Http2Session::on_data_end(std::uint32_t id, std::uint32_t content_bytes, bool ends_stream) {
  Stream* const stream = find(id);
  if (stream != nullptr && ends_stream) {
    stream->is_ended = true;
    if (stream->state == Stream::State::ignored) {
      release(*stream);
    } else {
      finish_with_body(*stream);
    }
    return true;
  }
  if (content_bytes >= substantial_bytes) {
    patience_ = std::min(patience_ + 1, most_patience);
  }
  return content_bytes > 0 || spend();
}

bool Http2Session::on_control(const http::h2::FrameHeader& header, std::string_view payload) {
  switch (header.type) {
    case FrameType::settings:
      return (header.has(http::h2::flag::ack) || take_settings(payload)) && spend();
    case FrameType::ping:
      if (!header.has(http::h2::flag::ack)) {
        http::h2::append_frame_header({8, FrameType::ping, http::h2::flag::ack, 0}, *out_);
        out_->append(payload);
      }
      return spend();
    case FrameType::goaway:
      return take_goaway(payload) && spend();
    case FrameType::rst_stream:
      return take_reset(header.stream, static_cast<ErrorCode>(http::h2::read_u32(payload)));
    case FrameType::window_update:
      return take_window(header.stream, http::h2::read_u32(payload) & http::h2::max_window_bytes) && spend();
    default:
      return spend();  // RFC 9113 5.3.2, 5.5: PRIORITY and what we do not know
  }
}

bool Http2Session::take_settings(std::string_view payload) {
  for (; !payload.empty(); payload.remove_prefix(6)) {
    const auto setting = static_cast<http::h2::Setting>(http::h2::read_u16(payload));
    if (!take_setting(setting, http::h2::read_u32(payload.substr(2)))) {
      return false;
    }
  }
  http::h2::append_frame_header({0, FrameType::settings, http::h2::flag::ack, 0}, *out_);
  return true;
}

// RFC 9113 6.5.2. What the peer would take of DATA or of large frames is of no use to us: we send none.
bool Http2Session::take_setting(http::h2::Setting setting, std::uint32_t value) {
  switch (setting) {
    case http::h2::Setting::header_table_size:
      request_.limit_table(value);
      break;
    case http::h2::Setting::enable_push:
      return value == 0 || fail_connection(ErrorCode::protocol_error, "SETTINGS_ENABLE_PUSH of a server");
    case http::h2::Setting::max_concurrent_streams:
      max_streams_ = std::min(value, settings_.max_streams);
      break;
    case http::h2::Setting::initial_window_size:
      return value <= http::h2::max_window_bytes ||
             fail_connection(ErrorCode::flow_control_error, "SETTINGS_INITIAL_WINDOW_SIZE above 2^31-1");
    case http::h2::Setting::max_frame_size:
      return (value >= http::h2::default_max_frame_bytes && value <= 0xFFFFFF) ||
             fail_connection(ErrorCode::protocol_error, "SETTINGS_MAX_FRAME_SIZE out of range");
    case http::h2::Setting::max_header_list_size:
      break;
  }
  return true;
}

// RFC 9113 6.8: the peer has not acted on a stream above the last one. It may lower that number later, and raising it
// has no effect: what was given back is gone.
bool Http2Session::take_goaway(std::string_view payload) {
  const std::uint32_t last = http::h2::read_u32(payload) & http::h2::max_stream_id;
  goaway_code_ = static_cast<ErrorCode>(http::h2::read_u32(payload.substr(4)));
  is_draining_ = true;
  for (const auto& stream : streams_) {
    if (stream->id <= last) {
      continue;
    }
    if (stream->exchange != nullptr) {
      give_back(*stream);
    } else {
      release(*stream);
    }
  }
  return true;
}

bool Http2Session::take_reset(std::uint32_t id, ErrorCode code) {
  Stream* const stream = find(id);
  if (stream == nullptr) {
    return is_idle(id) ? fail_connection(ErrorCode::protocol_error, "RST_STREAM of a stream that nobody opened")
                       : spend();
  }
  stream->is_ended = true;
  if (stream->exchange == nullptr) {
    release(*stream);
  } else if (code == ErrorCode::refused_stream) {  // RFC 9113 8.7
    give_back(*stream);
  } else {
    finish_with_failure(
        *stream, {stage(*stream), FailureCause::reset, fmt::format("RST_STREAM {} {}", name(code), progress(*stream))});
  }
  return true;
}

bool Http2Session::take_window(std::uint32_t id, std::uint32_t increment) {
  if (id != 0 && is_idle(id)) {
    return fail_connection(ErrorCode::protocol_error, "WINDOW_UPDATE of a stream that nobody opened");
  }
  if (increment == 0 && id == 0) {  // RFC 9113 6.9
    return fail_connection(ErrorCode::protocol_error, "WINDOW_UPDATE of nothing");
  }
  Stream* const stream = increment == 0 ? find(id) : nullptr;
  if (stream != nullptr && stream->exchange != nullptr) {
    fail(*stream, FailureCause::malformed, "WINDOW_UPDATE of nothing");
  }
  return true;
}

bool Http2Session::spend() {
  if (patience_ == 0) {
    return fail_connection(ErrorCode::enhance_your_calm, "too many frames that bring no answer nearer");
  }
  --patience_;
  return true;
}

bool Http2Session::fail_connection(ErrorCode code, std::string_view what) {
  http::h2::append_goaway(code, *out_);
  const bool is_limit = code == ErrorCode::enhance_your_calm;
  end_all(is_limit ? FailureCause::too_large : FailureCause::malformed, fmt::format("HTTP/2 {}: {},", name(code), what),
          Untouched::fail);
  return false;
}

}  // namespace cachewitness::probe
