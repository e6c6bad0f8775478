// ResponseReader: bytes of an HTTP/1.1 response in, one response or one Failure out. Sans-I/O: knows no stream and
// no clock. One response at a time; start() begins the next and keeps all buffers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/failure.h"
#include "evidence/evidence.h"
#include "http/body_reader.h"
#include "http/head.h"
#include "http/head_memo.h"
#include "probe/body_witness.h"
#include "probe/session_limits.h"

namespace cachewitness::probe {

class ResponseReader {
 public:
  enum class State : std::uint8_t { head, body, complete, failed };

  explicit ResponseReader(const SessionLimits& limits);

  // Begins a response. Until bytes come the state is `head`.
  void start();
  // Takes bytes of the stream and returns how many belong to this response; none once it is over.
  std::size_t receive(std::string_view bytes);
  // The peer has finished: ends a response that is delimited by it, and breaks any other.
  void receive_end();

  [[nodiscard]] State state() const { return state_; }
  [[nodiscard]] bool has_bytes() const { return has_bytes_; }
  // Requires: state() == failed.
  [[nodiscard]] const base::Failure& failure() const;
  // How far it came, for a person: "after 12 bytes of the response head".
  [[nodiscard]] std::string progress() const;
  // RFC 9112 9.3: the stream may carry another exchange. Requires: state() == complete.
  [[nodiscard]] bool is_reusable() const;
  // Requires: state() == complete. Reuses the capacity of `out`.
  void write_response(evidence::Response& out);

 private:
  std::size_t receive_head(std::string_view bytes);
  std::size_t receive_body(std::string_view bytes);
  void finish_head();
  bool read_framing();
  void finish_body();
  void fail_with_limit();
  void fail(base::Stage stage, base::FailureCause cause, std::string detail);

  SessionLimits limits_;
  State state_ = State::head;
  bool has_bytes_ = false;
  std::uint32_t interim_responses_ = 0;
  std::string raw_head_;
  http::ResponseHead head_;  // views into raw_head_
  http::HeadMemo memo_;
  http::BodyReader framing_;  // as the head says; a head that frames as the one before is not asked again
  bool keeps_connection_ = false;
  http::BodyReader reader_;
  BodyWitness witness_;
  base::Failure failure_;
};

}  // namespace cachewitness::probe
