// Evidence: what one probe saw, complete enough to be judged again offline (contract section 5).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/digest.h"
#include "base/failure.h"
#include "base/time.h"
#include "evidence/roster.h"
#include "manifest/leaks.h"

namespace cachewitness::evidence {

enum class Role : std::uint8_t {
  probe,     // one request to one edge for one cell
  origin,    // one request to one origin replica: truth
  baseline,  // what `arm` saw at that edge before the deploy; copied in, so that a file stands alone
  leak,      // one step of a leak check; never of a copy that visitors get
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

// What a body was searched for and had.
struct BodyMark {
  enum class Kind : std::uint8_t { tenant, canary, private_text };
  Kind kind = Kind::tenant;
  std::string text;  // the id, the canary; empty of private text, which stays where it is

  friend bool operator==(const BodyMark&, const BodyMark&) = default;
};

struct Body {
  std::uint64_t wire_bytes = 0;        // transfer coding removed, content coding not
  std::uint64_t decoded_bytes = 0;     // content coding removed
  std::uint64_t masked_bytes = 0;      // of these, left out of the digest by the policy's masks
  std::optional<base::Digest> sha256;  // of the decoded body; none where the policy is `none`
  std::string decode_error;            // not empty: the content coding was broken or unknown
  std::vector<BodyMark> marks;         // each once, in order of appearance; at most `most_body_marks`
};
inline constexpr std::size_t most_body_marks = 8;

struct Response {
  int status = 0;
  std::string head;  // raw bytes, start line to the empty line
  Body body;
};

// Which step of which leak check a request was (docs/leaks.md).
struct LeakProbe {
  enum class Step : std::uint8_t {
    first,  // a plain request that nobody has made before
    again,  // the same once more: it should come from the store
    other,  // the same but for its cache-buster: it should not
    prime,  // what might do harm, under a cache-buster of its own
    ask,    // a plain request for what that one may have left behind
  };
  manifest::LeakCheck check = manifest::LeakCheck::cross_tenant;
  Step step = Step::first;
  std::string header;        // poisoning: which was sent along; empty for the steps that all headers share
  std::string canary;        // poisoning: the word that was sent in it
  std::string other_tenant;  // cross_tenant: whose URL the priming request was for

  friend bool operator==(const LeakProbe&, const LeakProbe&) = default;
};
// As evidence files write it.
[[nodiscard]] std::string_view name(LeakProbe::Step step);

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
  std::optional<LeakProbe> leak;  // where the role is `leak`, and only there
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
