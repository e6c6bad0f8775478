// Sighting: one evidence as rules read it: parsed, the raw head forgotten. Made by a notebook, whose strings
// it borrows.
#pragma once

#include <cstdint>
#include <optional>

#include "base/failure.h"
#include "base/time.h"
#include "evidence/evidence.h"
#include "http/cache_mark.h"
#include "verdict/text.h"

namespace cachewitness::verdict {

struct Sighting {
  std::uint64_t id = 0;
  base::Instant sent_at;
  base::Instant received_at;
  std::uint64_t connection = 0;
  evidence::Cell cell;
  evidence::ReplicaId replica;
  Text failure_detail;
  Text digest;  // 32 raw bytes of the decoded body; none where it could not be decoded
  Text etag;    // as sent
  Text etag_core;
  Text last_modified;
  Text cache_control;
  Text
      targeted;  // lines of the fields that a CDN obeys before Cache-Control, "name: value\r\n" each; none where absent
  Text vary;
  Text content_encoding;
  Text location;
  Text trace;                         // X-Varnish: unique to one exchange, so a repeated one was stored downstream
  std::int64_t age_s = -1;            // RFC 9111 5.1; -1 = absent or invalid
  std::optional<base::Instant> date;  // RFC 9110 6.6.1
  std::optional<base::Instant> modified_at;  // Last-Modified as an instant
  const char* further_fields = nullptr;      // what is compared beside the fields above, for Notebook::field()
  // Numbers of the notebook: equal ones stand for equal parts of an answer, different ones say nothing.
  std::uint32_t form = 0;     // status, failure and fields that most answers share
  std::uint32_t version = 0;  // digest, ETag and Last-Modified
  std::uint32_t words = 0;    // the vendor's own, for Notebook::words_of()
  std::uint32_t url = 0;      // for Notebook::url_of()
  std::uint32_t node = 0;     // who answered, for Notebook::node_of(); 0 = unnamed. Equal ones stand for one server
  // What the provider writes into every exchange anew, hashed; 0 = nothing. Two answers with the same one are one
  // answer, given twice by something that is not the edge.
  std::uint64_t exchange = 0;
  std::uint16_t sample = 0;
  std::int16_t status = 0;  // 0 = no answer: see `cause`
  evidence::Role role = evidence::Role::probe;
  base::FailureCause cause = base::FailureCause::reset;
  base::Stage stage = base::Stage::connect;
  http::CacheMark mark = http::CacheMark::none;
  bool is_broken = false;  // the body did not decode
  bool is_empty = false;   // no byte of a body came
  bool is_weak = false;    // RFC 9110 8.8.1: so the ETag says of itself

  [[nodiscard]] bool is_answer() const { return status != 0; }
  [[nodiscard]] bool is_redirect() const {
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
  }
  [[nodiscard]] bool has_age() const { return age_s >= 0; }
  // Served although expired or purged softly, by the edge's own word.
  [[nodiscard]] bool says_stale() const { return mark == http::CacheMark::stale || mark == http::CacheMark::updating; }
  [[nodiscard]] base::Duration round_trip() const { return received_at - sent_at; }
  // It came out of a store: the vendor says so, or RFC 9111 5.1: an Age above zero says it was not
  // generated or validated for this request.
  [[nodiscard]] bool is_from_store() const { return http::is_from_store(mark) || age_s > 0; }
};

// By the prober's clock, then by id: an order that does not depend on arrival.
[[nodiscard]] bool is_before(const Sighting& a, const Sighting& b);

}  // namespace cachewitness::verdict
