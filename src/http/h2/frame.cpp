#include "http/h2/frame.h"

#include <algorithm>
#include <array>

#include "base/assert.h"

namespace cachewitness::http::h2 {

namespace {

constexpr std::array<std::string_view, 14> error_names{"NO_ERROR",
                                                       "PROTOCOL_ERROR",
                                                       "INTERNAL_ERROR",
                                                       "FLOW_CONTROL_ERROR",
                                                       "SETTINGS_TIMEOUT",
                                                       "STREAM_CLOSED",
                                                       "FRAME_SIZE_ERROR",
                                                       "REFUSED_STREAM",
                                                       "CANCEL",
                                                       "COMPRESSION_ERROR",
                                                       "CONNECT_ERROR",
                                                       "ENHANCE_YOUR_CALM",
                                                       "INADEQUATE_SECURITY",
                                                       "HTTP_1_1_REQUIRED"};

std::uint32_t byte_at(std::string_view bytes, std::size_t at) { return static_cast<unsigned char>(bytes[at]); }

using HeaderBytes = std::array<char, frame_header_bytes>;

HeaderBytes header_bytes(const FrameHeader& header) {
  const auto byte = [](std::uint32_t value, unsigned shift) { return static_cast<char>(value >> shift & 0xFF); };
  return {byte(header.length, 16),        byte(header.length, 8),          byte(header.length, 0),
          static_cast<char>(header.type), static_cast<char>(header.flags), byte(header.stream, 24),
          byte(header.stream, 16),        byte(header.stream, 8),          byte(header.stream, 0)};
}

}  // namespace

std::string_view name(ErrorCode code) {
  const auto number = static_cast<std::size_t>(code);
  return number < error_names.size() ? error_names[number] : "unknown error code";
}

std::uint16_t read_u16(std::string_view bytes) {
  return static_cast<std::uint16_t>(byte_at(bytes, 0) << 8 | byte_at(bytes, 1));
}

std::uint32_t read_u32(std::string_view bytes) {
  return byte_at(bytes, 0) << 24 | byte_at(bytes, 1) << 16 | byte_at(bytes, 2) << 8 | byte_at(bytes, 3);
}

FrameHeader read_frame_header(std::string_view bytes) {
  return {byte_at(bytes, 0) << 16 | byte_at(bytes, 1) << 8 | byte_at(bytes, 2), static_cast<FrameType>(bytes[3]),
          static_cast<std::uint8_t>(bytes[4]), read_u32(bytes.substr(5)) & max_stream_id};
}

void append_u32(std::uint32_t value, std::string& out) {
  for (int shift = 24; shift >= 0; shift -= 8) {
    out.push_back(static_cast<char>(value >> shift & 0xFF));
  }
}

void append_frame_header(const FrameHeader& header, std::string& out) {
  const HeaderBytes bytes = header_bytes(header);
  out.append(bytes.data(), bytes.size());
}

void append_setting(Setting setting, std::uint32_t value, std::string& out) {
  out.push_back('\0');
  out.push_back(static_cast<char>(setting));
  append_u32(value, out);
}

void append_window_update(std::uint32_t stream, std::uint32_t increment, std::string& out) {
  append_frame_header({4, FrameType::window_update, 0, stream}, out);
  append_u32(increment, out);
}

void append_rst_stream(std::uint32_t stream, ErrorCode code, std::string& out) {
  append_frame_header({4, FrameType::rst_stream, 0, stream}, out);
  append_u32(static_cast<std::uint32_t>(code), out);
}

void append_goaway(ErrorCode code, std::string& out) {
  append_frame_header({8, FrameType::goaway, 0, 0}, out);
  append_u32(0, out);
  append_u32(static_cast<std::uint32_t>(code), out);
}

void close_headers(std::uint32_t stream, std::size_t begin, std::string& out) {
  CW_ASSERT(begin >= frame_header_bytes && begin <= out.size());
  const std::size_t size = out.size() - begin;
  const std::size_t first = std::min(size, default_max_frame_bytes);
  FrameHeader header{static_cast<std::uint32_t>(first), FrameType::headers, flag::end_stream, stream};
  header.flags |= first == size ? flag::end_headers : std::uint8_t{0};
  std::ranges::copy(header_bytes(header), out.begin() + static_cast<std::ptrdiff_t>(begin - frame_header_bytes));
  for (std::size_t at = begin + first; at < out.size();) {
    const std::size_t piece = std::min(out.size() - at, default_max_frame_bytes);
    const bool is_last = at + piece == out.size();
    const HeaderBytes bytes = header_bytes({static_cast<std::uint32_t>(piece), FrameType::continuation,
                                            is_last ? flag::end_headers : std::uint8_t{0}, stream});
    out.insert(at, bytes.data(), bytes.size());
    at += bytes.size() + piece;
  }
}

}  // namespace cachewitness::http::h2
