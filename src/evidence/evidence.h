// Evidence: what one probe saw, complete enough to be judged again offline (contract section 5).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/digest.h"
#include "base/failure.h"
#include "base/time.h"
#include "evidence/roster.h"

namespace cachewitness::evidence {

enum class Role : std::uint8_t {
  probe,     // one request to one edge for one cell
  origin,    // one request to one origin replica: truth
  baseline,  // what `arm` saw at that edge before the deploy; copied in, so that a file stands alone
};

// Which path the bytes took. Connections are samples of the servers behind an edge.
struct Path {
  std::uint64_t connection = 0;  // run-unique
  std::uint32_t exchange = 0;    // how many the connection had carried before
  std::string remote;            // numeric address:port
  std::uint16_t local_port = 0;
  std::string tls_version;         // empty on plain TCP
  std::string certificate_sha256;  // of the leaf
  std::string shared_name{};       // the server name that the connection was made for, where it is not the request's
  std::string detour{};            // a proxy on the way, or why it is not the first address; for a person
};

struct Body {
  std::uint64_t wire_bytes = 0;        // transfer coding removed, content coding not
  std::uint64_t decoded_bytes = 0;     // content coding removed
  std::optional<base::Digest> sha256;  // of the decoded body; none where the policy is `none`
  std::string decode_error;            // not empty: the content coding was broken or unknown
};

struct Response {
  int status = 0;
  std::string head;  // raw bytes, start line to the empty line
  Body body;
};

struct Evidence {
  std::uint64_t id = 0;  // run-unique, "e<id>" in files and reports
  Role role = Role::probe;
  Cell cell;                 // `edge` is none for an origin's
  ReplicaId replica;         // none but for an origin's
  std::uint16_t sample = 0;  // counts the requests for that cell, from 0
  std::uint16_t round = 0;   // of the closed loop that it belongs to; 0 = the verification before it
  std::string url;           // the URL asked for; Host and target follow from it
  // From the prober's own clocks: a wall-clock anchor read once a run plus monotonic time.
  base::Instant sent_at;        // before the first byte of the request was written
  base::Instant first_byte_at;  // zero where none came
  base::Instant received_at;    // the last byte was read, or the failure known
  Path path;
  std::variant<base::Failure, Response> outcome;

  [[nodiscard]] const Response* response() const { return std::get_if<Response>(&outcome); }
  [[nodiscard]] const base::Failure* failure() const { return std::get_if<base::Failure>(&outcome); }
};

// Where evidence goes as it comes: a file, a judge, both.
class EvidenceSink {
 public:
  virtual ~EvidenceSink() = default;
  virtual void take(const Evidence& evidence) = 0;
};

}  // namespace cachewitness::evidence
