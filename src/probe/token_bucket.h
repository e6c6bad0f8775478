// TokenBucket: how often one lane may send. Pure: the time is passed in, never read.
#pragma once

#include "base/time.h"

namespace cachewitness::probe {

class TokenBucket {
 public:
  // `rate` is in tokens a second, 0 = without limit. The bucket holds a tenth of a second's tokens, at least
  // one, and starts full: an edge sees a steady stream, never a second's worth at once.
  explicit TokenBucket(double rate);

  // When a token can be taken at the earliest; `now` or earlier where one is there.
  [[nodiscard]] base::Tick ready_at(base::Tick now) const;
  // Requires: ready_at(now) <= now.
  void take(base::Tick now);

 private:
  base::Duration interval_;        // between two tokens; 0 = without limit
  base::Duration depth_;           // how far the schedule may lie behind now
  base::Tick due_{INT64_MIN / 2};  // when the next token is due on the ideal schedule
};

}  // namespace cachewitness::probe
