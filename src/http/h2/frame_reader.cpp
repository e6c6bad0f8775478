#include "http/h2/frame_reader.h"

#include <algorithm>

namespace cachewitness::http::h2 {

namespace {

// A block of the largest head that we read needs 5 frames; empty ones count as well.
constexpr std::uint32_t max_block_frames = 32;

}  // namespace

void FrameReader::start() {
  state_ = State::header;
  partial_.clear();
  has_settings_ = false;
  block_stream_ = 0;
  block_.clear();
  error_ = {};
}

bool FrameReader::receive(std::string_view bytes, FrameEvents& events) {
  bool goes_on = true;
  while (goes_on && !bytes.empty()) {
    switch (state_) {
      case State::header:
        goes_on = read_header(bytes, events);
        break;
      case State::payload:
        goes_on = read_payload(bytes, events);
        break;
      case State::pad_length:
        goes_on = read_pad_length(bytes, events);
        break;
      case State::content:
        goes_on = read_content(bytes, events);
        break;
      case State::padding:
        goes_on = read_padding(bytes, events);
        break;
    }
  }
  return goes_on;
}

bool FrameReader::read_header(std::string_view& rest, FrameEvents& events) {
  if (partial_.empty() && rest.size() >= frame_header_bytes) {
    header_ = read_frame_header(rest);
    rest.remove_prefix(frame_header_bytes);
  } else {
    const std::size_t taken = std::min(rest.size(), frame_header_bytes - partial_.size());
    partial_.append(rest.substr(0, taken));
    rest.remove_prefix(taken);
    if (partial_.size() < frame_header_bytes) {
      return true;
    }
    header_ = read_frame_header(partial_);
    partial_.clear();
  }
  if (!check_header()) {
    return false;
  }
  if (header_.type == FrameType::data) {
    return begin_data(events);
  }
  if (header_.length == 0) {
    return read_frame({}, events);
  }
  state_ = State::payload;
  return true;
}

bool FrameReader::read_payload(std::string_view& rest, FrameEvents& events) {
  if (partial_.empty() && rest.size() >= header_.length) {
    const std::string_view payload = rest.substr(0, header_.length);
    rest.remove_prefix(header_.length);
    state_ = State::header;
    return read_frame(payload, events);
  }
  const std::size_t taken = std::min(rest.size(), header_.length - partial_.size());
  partial_.append(rest.substr(0, taken));
  rest.remove_prefix(taken);
  if (partial_.size() < header_.length) {
    return true;
  }
  state_ = State::header;
  const bool goes_on = read_frame(partial_, events);
  partial_.clear();
  return goes_on;
}

bool FrameReader::check_header() {
  constexpr std::uint32_t first_letters = 'H' << 16 | 'T' << 8 | 'T';  // of "HTTP/1.1", read as a length
  if (!has_settings_ && header_.length == first_letters) {
    return fail(ErrorCode::protocol_error, "the server answers in HTTP/1");
  }
  if (!has_settings_ && (header_.type != FrameType::settings || header_.has(flag::ack))) {
    return fail(ErrorCode::protocol_error, "the server does not begin with SETTINGS");  // RFC 9113 3.4
  }
  has_settings_ = true;
  if (header_.length > default_max_frame_bytes) {
    return fail(ErrorCode::frame_size_error, "a frame of more than 16384 bytes");  // RFC 9113 4.2
  }
  // RFC 9113 6.10: nothing comes between the frames of one header block.
  const bool continues = header_.type == FrameType::continuation;
  if (continues != (block_stream_ != 0) || (continues && header_.stream != block_stream_)) {
    return fail(ErrorCode::protocol_error,
                continues ? "CONTINUATION of no header block" : "a header block without its CONTINUATION");
  }
  return check_size();
}

// Which frames have a stream, and how large they are: RFC 9113 6.
bool FrameReader::check_size() {
  const bool is_on_stream = header_.stream != 0;
  const std::uint32_t length = header_.length;
  switch (header_.type) {
    case FrameType::data:
    case FrameType::headers:
      return is_on_stream || fail(ErrorCode::protocol_error, "DATA or HEADERS without a stream");
    case FrameType::priority:
      return is_on_stream || fail(ErrorCode::protocol_error, "PRIORITY without a stream");
    case FrameType::rst_stream:
      if (!is_on_stream) {
        return fail(ErrorCode::protocol_error, "RST_STREAM without a stream");
      }
      return length == 4 || fail(ErrorCode::frame_size_error, "RST_STREAM is not 4 bytes long");
    case FrameType::settings:
      if (is_on_stream) {
        return fail(ErrorCode::protocol_error, "SETTINGS on a stream");
      }
      return (header_.has(flag::ack) ? length == 0 : length % 6 == 0) ||
             fail(ErrorCode::frame_size_error, "SETTINGS of a wrong size");
    case FrameType::push_promise:
      return fail(ErrorCode::protocol_error, "PUSH_PROMISE, which we do not allow");  // RFC 9113 6.6, 8.4
    case FrameType::ping:
      if (is_on_stream) {
        return fail(ErrorCode::protocol_error, "PING on a stream");
      }
      return length == 8 || fail(ErrorCode::frame_size_error, "PING is not 8 bytes long");
    case FrameType::goaway:
      if (is_on_stream) {
        return fail(ErrorCode::protocol_error, "GOAWAY on a stream");
      }
      return length >= 8 || fail(ErrorCode::frame_size_error, "GOAWAY of less than 8 bytes");
    case FrameType::window_update:
      return length == 4 || fail(ErrorCode::frame_size_error, "WINDOW_UPDATE is not 4 bytes long");
    case FrameType::continuation:
      break;
  }
  return true;
}

bool FrameReader::begin_data(FrameEvents& events) {
  if (header_.has(flag::padded) && header_.length == 0) {
    return fail(ErrorCode::frame_size_error, "a padded frame without room for its padding");  // RFC 9113 6.1
  }
  content_bytes_ = 0;
  padding_ = 0;
  left_ = header_.length;
  if (!events.on_data_begin(header_.stream, header_.length)) {
    return false;
  }
  if (!header_.has(flag::padded)) {
    state_ = State::content;
    return left_ != 0 || end_data(events);
  }
  state_ = State::pad_length;
  return true;
}

bool FrameReader::read_pad_length(std::string_view& rest, FrameEvents& events) {
  padding_ = static_cast<unsigned char>(rest[0]);
  rest.remove_prefix(1);
  if (--left_ < padding_) {
    return fail(ErrorCode::protocol_error, "more padding than frame");  // RFC 9113 6.1
  }
  left_ -= padding_;
  state_ = left_ > 0 ? State::content : State::padding;
  return left_ + padding_ > 0 || end_data(events);
}

bool FrameReader::read_content(std::string_view& rest, FrameEvents& events) {
  const std::string_view content = rest.substr(0, left_);
  rest.remove_prefix(content.size());
  left_ -= static_cast<std::uint32_t>(content.size());
  content_bytes_ += static_cast<std::uint32_t>(content.size());
  if (!content.empty() && !events.on_data(header_.stream, content)) {
    return false;
  }
  if (left_ > 0) {
    return true;
  }
  state_ = State::padding;
  return padding_ > 0 || end_data(events);
}

bool FrameReader::read_padding(std::string_view& rest, FrameEvents& events) {
  const std::size_t taken = std::min<std::size_t>(rest.size(), padding_);
  rest.remove_prefix(taken);
  padding_ -= static_cast<std::uint32_t>(taken);
  return padding_ > 0 || end_data(events);
}

bool FrameReader::end_data(FrameEvents& events) {
  state_ = State::header;
  return events.on_data_end(header_.stream, content_bytes_, header_.has(flag::end_stream));
}

bool FrameReader::read_frame(std::string_view payload, FrameEvents& events) {
  switch (header_.type) {
    case FrameType::headers:
      return read_headers(payload, events);
    case FrameType::continuation:
      return read_continuation(payload, events);
    default:
      return events.on_control(header_, payload);
  }
}

bool FrameReader::read_headers(std::string_view payload, FrameEvents& events) {
  std::size_t padding = 0;
  if (header_.has(flag::padded)) {
    if (payload.empty()) {
      return fail(ErrorCode::frame_size_error, "a padded frame without room for its padding");
    }
    padding = static_cast<unsigned char>(payload[0]);
    payload.remove_prefix(1);
  }
  if (header_.has(flag::priority)) {  // RFC 9113 5.3.2: deprecated, and ignored
    constexpr std::size_t priority_bytes = 5;
    if (payload.size() < priority_bytes) {
      return fail(ErrorCode::frame_size_error, "HEADERS without room for its priority");
    }
    payload.remove_prefix(priority_bytes);
  }
  if (padding > payload.size()) {
    return fail(ErrorCode::protocol_error, "more padding than frame");
  }
  payload.remove_suffix(padding);
  if (header_.has(flag::end_headers)) {
    return events.on_header_block(header_.stream, payload, header_.has(flag::end_stream));
  }
  block_stream_ = header_.stream;
  block_ends_stream_ = header_.has(flag::end_stream);
  block_frames_ = 1;
  block_.assign(payload);
  return true;
}

bool FrameReader::read_continuation(std::string_view payload, FrameEvents& events) {
  if (block_.size() + payload.size() > max_block_bytes_ || ++block_frames_ > max_block_frames) {
    return fail(ErrorCode::enhance_your_calm, "a header block without end");
  }
  block_.append(payload);
  if (!header_.has(flag::end_headers)) {
    return true;
  }
  const std::uint32_t stream = block_stream_;
  block_stream_ = 0;
  const bool goes_on = events.on_header_block(stream, block_, block_ends_stream_);
  block_.clear();
  return goes_on;
}

bool FrameReader::fail(ErrorCode code, std::string_view what) {
  error_ = {code, what};
  return false;
}

}  // namespace cachewitness::http::h2
