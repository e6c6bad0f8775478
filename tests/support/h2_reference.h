// nghttp2 as both ends of an HTTP/2 connection, in memory: the other opinion that our own codec is compared with.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cachewitness::testing::h2 {

using FieldVector = std::vector<std::pair<std::string, std::string>>;

struct Answer {
  FieldVector fields;  // ":status" first
  std::string body;
  FieldVector trailers;
  std::uint32_t interim_responses = 0;
  std::size_t piece = 16384;  // of a body, a frame
  std::uint8_t padding = 0;   // of each frame
};

// A server that answers what it is told to, when it is told to.
class ReferenceServer {
 public:
  ReferenceServer();
  ~ReferenceServer();

  // What the client sent. False where nghttp2 calls it broken.
  bool receive(std::string_view bytes);
  // Requests that came: streams, each with its fields as lines of text, in the order in which they came.
  [[nodiscard]] const std::vector<std::pair<std::uint32_t, std::string>>& requests() const;
  void answer(std::uint32_t stream, Answer answer);
  void reset(std::uint32_t stream, std::uint32_t error_code);
  void ping();
  // What is to be sent to the client now, at most about so many bytes of it.
  std::string take_sent(std::size_t limit = SIZE_MAX);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// A client that has asked on streams 1, 3, 5, ... and reads what a server sends.
class ReferenceClient {
 public:
  struct Seen {
    std::string head;  // as our evidence writes it
    std::string body;
    bool has_ended = false;  // END_STREAM came
    bool is_whole = false;   // closed without an error after a final head and its end
    bool is_closed = false;
  };

  ReferenceClient(std::uint32_t requests, std::uint32_t stream_window);
  ~ReferenceClient();

  void ask();
  void receive(std::string_view bytes);
  [[nodiscard]] const std::map<std::uint32_t, Seen>& streams() const;
  // nghttp2 has given the connection up.
  [[nodiscard]] bool is_over() const;
  // It objected to a Content-Length that we read: of a 204, an interim response, or said twice.
  [[nodiscard]] bool has_refused_length() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace cachewitness::testing::h2
