#include "verdict/truth.h"

#include <algorithm>
#include <array>
#include <optional>

namespace cachewitness::verdict {

namespace {

// Nothing where the answer has none of what the expectation names.
std::optional<bool> is_as_expected(const Expected& expected, const Sighting& answer) {
  if (!is_whole_success(answer.status)) {
    return false;
  }
  if (!expected.digest.is_none() && !answer.digest.is_none()) {
    return answer.digest == expected.digest;
  }
  if (!expected.etag_core.is_none()) {
    return answer.etag_core == expected.etag_core;
  }
  return std::nullopt;
}

// Every pair: an answer without validators is like any other, but does not make the others alike.
bool is_one_version(std::span<const Sighting* const> answers) {
  for (std::size_t i = 0; i < answers.size(); ++i) {
    for (std::size_t k = i + 1; k < answers.size(); ++k) {
      if (!may_be_same_version(*answers[i], *answers[k])) {
        return false;
      }
    }
  }
  return true;
}

// Nothing where the two have no validator in common.
std::optional<bool> compare_validators(const Sighting& a, const Sighting& b) {
  if (!a.digest.is_none() && !b.digest.is_none()) {
    return a.digest == b.digest;
  }
  if (!a.etag_core.is_none() && !b.etag_core.is_none()) {
    return a.etag_core == b.etag_core;
  }
  return a.modified_at && b.modified_at ? std::optional(*a.modified_at == *b.modified_at) : std::nullopt;
}

// Redirects mostly have no body to tell them apart: where they lead is what they say.
bool is_like(const Sighting& a, const Sighting& b) {
  return a.status == b.status && (!a.is_redirect() || a.location == b.location);
}

// Those that serve what edges served before the deploy are behind; the rest is the truth if it agrees with itself.
void divide(Truth& truth, std::vector<const Sighting*> answers, std::span<const Sighting* const> baselines) {
  for (const Sighting* answer : answers) {
    const bool is_behind =
        std::ranges::any_of(baselines, [&](const Sighting* baseline) { return is_same_version(*answer, *baseline); });
    (is_behind ? truth.lagging : truth.current).push_back(answer);
  }
  if (truth.current.empty()) {  // edges were armed while the deploy was under way: they contradict each other
    std::swap(truth.current, truth.lagging);
  }
  truth.is_divided = truth.lagging.empty() || !is_one_version(truth.current);
}

}  // namespace

bool Truth::has_digest() const {
  return !expected.digest.is_none() ||
         std::ranges::any_of(current, [](const Sighting* replica) { return !replica->digest.is_none(); });
}

bool Truth::is_digest(Text digest) const {
  if (!expected.digest.is_none()) {
    return digest == expected.digest;
  }
  return std::ranges::any_of(current, [digest](const Sighting* replica) { return replica->digest == digest; });
}

bool Truth::has_etag() const {
  return !expected.etag_core.is_none() ||
         std::ranges::any_of(current, [](const Sighting* replica) { return !replica->etag_core.is_none(); });
}

bool may_be_same_version(const Sighting& a, const Sighting& b) {
  return is_like(a, b) && compare_validators(a, b).value_or(true);
}

bool is_same_version(const Sighting& a, const Sighting& b) {
  return is_like(a, b) && compare_validators(a, b).value_or(false);
}

bool is_one_resource(const Truth& one, const Truth& other) {
  const Sighting* a = one.example();
  const Sighting* b = other.example();
  return a != nullptr && b != nullptr && !one.is_divided && !other.is_divided && is_same_version(*a, *b);
}

bool is_truth(const Sighting& origin_answer) {
  constexpr std::array<int, 8> uncomparable{206, 304, 401, 403, 407, 408, 425, 429};
  return origin_answer.is_answer() && origin_answer.status < 500 &&
         std::ranges::find(uncomparable, origin_answer.status) == uncomparable.end();
}

// 203 (RFC 9110 15.3.4) is a 200 that a proxy changed; the validators tell whether that matters.
bool is_whole_success(int status) { return status == 200 || status == 203; }

Truth resolve_truth(const Expected& expected, std::span<const Sighting* const> replicas,
                    std::span<const Sighting* const> baselines) {
  Truth truth;
  truth.expected = expected;
  std::vector<const Sighting*> answers;
  for (const Sighting* replica : replicas) {
    (is_truth(*replica) ? answers : truth.silent).push_back(replica);
  }
  if (expected.is_given()) {
    truth.source = Truth::Source::expectation;
    for (const Sighting* answer : answers) {
      if (const auto is_expected = is_as_expected(expected, *answer)) {
        (*is_expected ? truth.current : truth.lagging).push_back(answer);
      }
    }
    return truth;
  }
  if (answers.empty()) {
    return truth;
  }
  truth.source = Truth::Source::origin;
  if (is_one_version(answers)) {
    truth.current = std::move(answers);
  } else {
    divide(truth, std::move(answers), baselines);
  }
  return truth;
}

}  // namespace cachewitness::verdict
