// Sighting: what the judge keeps of one evidence, parsed once: about 200 bytes, strings interned, the raw
// head forgotten, so that a million fit in memory. Notebook holds them all.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/failure.h"
#include "base/string_table.h"
#include "base/time.h"
#include "evidence/evidence.h"
#include "http/cache_mark.h"
#include "manifest/policy.h"

namespace cachewitness::verdict {

// A string of the notebook; equal ids are equal strings.
struct TextId {
  std::uint32_t value = 0xFFFFFFFF;

  friend bool operator==(const TextId&, const TextId&) = default;
  [[nodiscard]] bool is_none() const { return value == 0xFFFFFFFF; }
};

struct Sighting {
  std::uint64_t id = 0;
  base::Instant sent_at;
  base::Instant received_at;
  std::uint64_t connection = 0;
  evidence::Cell cell;
  evidence::ReplicaId replica;
  std::uint32_t next = 0xFFFFFFFF;  // the next sighting of the same place, in order of arrival
  std::uint32_t first_field = 0;    // in Notebook::fields_
  TextId url;
  TextId failure_detail;
  TextId digest;  // 32 raw bytes of the decoded body; none where it could not be decoded
  TextId etag;    // as sent
  TextId etag_core;
  TextId last_modified;
  TextId cache_control;
  TextId vary;
  TextId content_encoding;
  TextId location;
  TextId trace;                       // X-Varnish: unique to one exchange, so a repeated one was stored downstream
  TextId mark_text;                   // the vendor's own words
  std::int64_t age_s = -1;            // RFC 9111 5.1; -1 = absent or invalid
  std::optional<base::Instant> date;  // RFC 9110 6.6.1
  std::optional<base::Instant> modified_at;  // Last-Modified as an instant
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
  [[nodiscard]] base::Duration round_trip() const { return received_at - sent_at; }
  // It came out of a store: the vendor says so, or RFC 9111 5.1: an Age above zero says it was not
  // generated or validated for this request.
  [[nodiscard]] bool is_from_store() const { return http::is_from_store(mark) || age_s > 0; }
};

// By the prober's clock, then by id: an order that does not depend on arrival.
[[nodiscard]] bool is_before(const Sighting& a, const Sighting& b);

class Notebook {
 public:
  explicit Notebook(const manifest::Policy& policy);

  // Its index. Nothing where the evidence says nothing about the peer: we cancelled the request.
  std::optional<std::uint32_t> add(const evidence::Evidence& evidence);
  [[nodiscard]] const Sighting& at(std::uint32_t index) const { return sightings_[index]; }
  Sighting& at(std::uint32_t index) { return sightings_[index]; }
  [[nodiscard]] std::size_t size() const { return sightings_.size(); }

  // Empty where there is none.
  [[nodiscard]] std::string_view text(TextId id) const;
  TextId intern(std::string_view text);
  // The digest as hexadecimal; empty where there is none.
  [[nodiscard]] std::string digest_hex(const Sighting& sighting) const;

  // Field names of the policy's `compare`, in its order, "status" left out.
  [[nodiscard]] const std::vector<std::string>& compared() const { return compared_; }
  // The joined value of compared()[index].
  [[nodiscard]] TextId field(const Sighting& sighting, std::size_t index) const;

 private:
  void read_response(const evidence::Response& response, Sighting& sighting);

  base::StringTable strings_;
  std::vector<std::string> compared_;
  std::vector<TextId Sighting::*> kept_;  // parallel to compared_; null where a sighting does not keep the field anyway
  std::vector<TextId> fields_;            // compared_.size() a sighting that is an answer
  std::deque<Sighting> sightings_;
};

}  // namespace cachewitness::verdict
