// Frames of an HTTP/2 server, for scripts: each function gives the bytes of one.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "http/h2/frame.h"

namespace cachewitness::testing::h2 {

namespace h2 = cachewitness::http::h2;

inline std::string frame(h2::FrameType type, std::uint8_t flags, std::uint32_t stream, std::string_view payload) {
  std::string out;
  h2::append_frame_header({static_cast<std::uint32_t>(payload.size()), type, flags, stream}, out);
  return out.append(payload);
}

inline std::string u32(std::uint32_t value) {
  std::string out;
  h2::append_u32(value, out);
  return out;
}

using Fields = std::initializer_list<std::pair<std::string_view, std::string_view>>;

// Literals without indexing. Names and values of less than 127 bytes.
inline std::string block(Fields fields) {
  std::string out;
  for (const auto& [name, value] : fields) {
    out.append(1, '\0').append(1, static_cast<char>(name.size())).append(name);
    out.append(1, static_cast<char>(value.size())).append(value);
  }
  return out;
}

constexpr std::uint8_t end_headers = h2::flag::end_headers;
constexpr std::uint8_t end_stream = h2::flag::end_stream;

inline std::string headers(std::uint32_t stream, Fields fields, std::uint8_t more_flags = 0) {
  return frame(h2::FrameType::headers, end_headers | more_flags, stream, block(fields));
}
inline std::string data(std::uint32_t stream, std::string_view content, std::uint8_t flags = 0) {
  return frame(h2::FrameType::data, flags, stream, content);
}
inline std::string settings(std::initializer_list<std::pair<h2::Setting, std::uint32_t>> values = {}) {
  std::string payload;
  for (const auto& [setting, value] : values) {
    h2::append_setting(setting, value, payload);
  }
  return frame(h2::FrameType::settings, 0, 0, payload);
}
inline std::string ping() { return frame(h2::FrameType::ping, 0, 0, "12345678"); }
inline std::string goaway(std::uint32_t last, h2::ErrorCode code) {
  return frame(h2::FrameType::goaway, 0, 0, u32(last) + u32(static_cast<std::uint32_t>(code)));
}
inline std::string reset(std::uint32_t stream, h2::ErrorCode code) {
  return frame(h2::FrameType::rst_stream, 0, stream, u32(static_cast<std::uint32_t>(code)));
}
inline std::string window_update(std::uint32_t stream, std::uint32_t increment) {
  return frame(h2::FrameType::window_update, 0, stream, u32(increment));
}

}  // namespace cachewitness::testing::h2
