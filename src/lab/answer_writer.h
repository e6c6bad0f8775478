// AnswerWriter: the words of an edge's answers: what it repeats of a stored response, what it says of itself
// (Age, RFC 9111; Cache-Status, RFC 9211), and what faults make of both. Decides nothing on caching.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "base/time.h"
#include "lab/cache_store.h"
#include "lab/fault.h"
#include "lab/http_server.h"
#include "lab/http_text.h"

namespace cachewitness::lab {

// An answer's way through the cache.
struct Trace {
  std::string_view x_cache;
  std::string status;      // parameters of the Cache-Status member
  bool is_reused = false;  // the origin was not asked for this one
};

// What the answer depends on besides the response itself.
struct Asked {
  Conditions conditions;
  bool is_head = false;
  FaultSet faults;
};

// An answer that is about the edge and not about a page.
struct PlainAnswer {
  int status = 200;
  std::string_view detail;  // RFC 9211 2.8: a token
  std::string_view body;
};

class AnswerWriter {
 public:
  AnswerWriter(std::string name, const base::ClockAnchor& anchor) : name_(std::move(name)), anchor_(anchor) {}

  // Both are valid until the next call, and as long as the response is.
  Reply page(const StoredResponse& response, const Trace& trace, const Asked& asked, base::Tick now);
  Reply plain(const PlainAnswer& answer, const Asked& asked, base::Tick now);

 private:
  void append_times(const StoredResponse& response, const Trace& trace, FaultSet faults, base::Tick now);
  void append_words(const StoredResponse& response, const Trace& trace, base::Tick now);
  void append_length(std::size_t bytes);

  std::string name_;
  base::ClockAnchor anchor_;
  DateText date_;
  std::string head_;  // reused: a hit allocates nothing
};

// How far a skewed clock is ahead.
inline constexpr base::Duration clock_skew = std::chrono::minutes(37);

}  // namespace cachewitness::lab
