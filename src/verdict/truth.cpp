#include "verdict/truth.h"

#include <algorithm>

namespace cachewitness::verdict {

namespace {

bool is_as_expected(const Expected& expected, const Sighting& answer) {
  if (!expected.digest.is_none() && !answer.digest.is_none()) {
    return answer.digest == expected.digest;
  }
  return !expected.etag_core.is_none() && answer.etag_core == expected.etag_core;
}

bool is_one_version(std::span<const Sighting* const> answers) {
  return std::ranges::all_of(answers, [&](const Sighting* a) { return is_same_version(*a, *answers.front()); });
}

}  // namespace

TextId Truth::digest() const {
  if (source == Source::expectation) {
    return expected.digest;
  }
  const auto with_digest = std::ranges::find_if(current, [](const Sighting* s) { return !s->digest.is_none(); });
  return with_digest == current.end() ? TextId{} : (*with_digest)->digest;
}

bool is_same_version(const Sighting& a, const Sighting& b) {
  if (a.status != b.status) {
    return false;
  }
  if (!a.digest.is_none() && !b.digest.is_none()) {
    return a.digest == b.digest;
  }
  if (!a.etag_core.is_none() && !b.etag_core.is_none()) {
    return a.etag_core == b.etag_core;
  }
  // Replicas without any validator in common cannot be said to disagree.
  return !a.modified_at || !b.modified_at || *a.modified_at == *b.modified_at;
}

bool is_truth(const Sighting& origin_answer) {
  return origin_answer.is_answer() && origin_answer.status < 500 && origin_answer.status != 429;
}

Truth resolve_truth(const Expected& expected, std::span<const Sighting* const> replicas, const Sighting* baseline) {
  Truth truth;
  truth.expected = expected;
  std::vector<const Sighting*> answers;
  for (const Sighting* replica : replicas) {
    (is_truth(*replica) ? answers : truth.silent).push_back(replica);
  }
  if (expected.is_given()) {
    truth.source = Truth::Source::expectation;
    for (const Sighting* answer : answers) {
      (is_as_expected(expected, *answer) ? truth.current : truth.lagging).push_back(answer);
    }
    return truth;
  }
  if (answers.empty()) {
    return truth;
  }
  truth.source = Truth::Source::origin;
  if (is_one_version(answers)) {
    truth.current = std::move(answers);
    return truth;
  }
  // Replicas disagree. Those that serve what this edge served before the deploy are behind; the rest is
  // the truth if it agrees with itself.
  for (const Sighting* answer : answers) {
    const bool is_behind = baseline != nullptr && is_same_version(*answer, *baseline);
    (is_behind ? truth.lagging : truth.current).push_back(answer);
  }
  truth.is_divided = truth.current.empty() || truth.lagging.empty() || !is_one_version(truth.current);
  return truth;
}

}  // namespace cachewitness::verdict
