// Http3Response: one response out of fields and content (RFC 9114 4.1), as evidence: the head in the form of a text,
// the body witnessed, every limit enforced. Knows no QPACK and no stream.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/failure.h"
#include "evidence/evidence.h"
#include "http/head.h"
#include "probe/body_witness.h"
#include "probe/session_limits.h"

namespace cachewitness::quic {

class Http3Response {
 public:
  enum class State : std::uint8_t { head, body, complete, failed };

  explicit Http3Response(const probe::SessionLimits& limits);

  // Each of these is without effect once the response has failed.
  void start();
  void begin_head();
  void add_field(std::string_view name, std::string_view value);
  void end_head();
  void take_body(std::string_view bytes);
  void add_trailer(std::string_view name, std::string_view value);
  void end();
  void fail(base::FailureCause cause, std::string detail);

  [[nodiscard]] State state() const { return state_; }
  [[nodiscard]] base::Stage stage() const { return is_body_ ? base::Stage::body : base::Stage::head; }
  // How far it came, for a person. Requires: a byte of it has come.
  [[nodiscard]] std::string progress() const;
  // Requires: state() == failed.
  [[nodiscard]] const base::Failure& failure() const { return failure_; }
  // Requires: state() == complete. Reuses the capacity of `out`.
  void write_response(evidence::Response& out);

 private:
  void add_status(std::string_view value);
  void check_body_limit();

  probe::SessionLimits limits_;
  State state_ = State::head;
  bool is_body_ = false;  // the final head is there
  int status_ = 0;
  std::uint32_t interim_responses_ = 0;
  std::size_t trailer_bytes_ = 0;
  std::string head_text_;
  std::vector<std::pair<std::size_t, std::size_t>> lines_;  // where name and value of each field end in the text
  http::ResponseHead head_;                                 // views into head_text_
  probe::BodyWitness witness_;
  base::Failure failure_;
};

}  // namespace cachewitness::quic
