#include "verdict/version.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace cachewitness::verdict {

namespace {

// An expectation says what a good answer holds, so it implies success; an origin's answer is compared
// with like (a deliberate 404 is a truth).
bool has_true_status(const Sighting& answer, const Truth& truth) {
  if (truth.example() != nullptr) {
    return answer.status == truth.example()->status;
  }
  return answer.status >= 200 && answer.status < 300;
}

// Replicas disagree and nothing tells which is right: an answer that equals one of them decides nothing.
bool matches_a_replica(const Sighting& answer, const Truth& truth) {
  const auto is_same = [&](const Sighting* replica) { return is_same_version(answer, *replica); };
  return std::ranges::any_of(truth.current, is_same) || std::ranges::any_of(truth.lagging, is_same);
}

// What the comparison can go by: the strongest witness that both sides have.
Witness common_witness(const Sighting& answer, const Reference& reference) {
  if (!answer.digest.is_none() && !reference.truth.digest().is_none()) {
    return Witness::digest;
  }
  if (!answer.etag_core.is_none() && !reference.truth_cores.empty()) {
    return Witness::etag;
  }
  const Sighting* example = reference.truth.example();
  return answer.modified_at && example != nullptr && example->modified_at ? Witness::last_modified : Witness::none;
}

bool matches_truth(const Sighting& answer, const Reference& reference, Witness by) {
  switch (by) {
    case Witness::digest:
      return answer.digest == reference.truth.digest();
    case Witness::etag:
      return std::ranges::find(reference.truth_cores, answer.etag_core) != reference.truth_cores.end();
    case Witness::last_modified:
      return std::ranges::any_of(reference.truth.current,
                                 [&](const Sighting* s) { return s->modified_at == answer.modified_at; });
    case Witness::none:
      return false;
  }
  return false;
}

bool matches_baseline(const Sighting& answer, const Sighting& baseline, Witness by) {
  if (answer.status != baseline.status) {
    return false;
  }
  switch (by) {
    case Witness::digest:
      return answer.digest == baseline.digest;
    case Witness::etag:
      return answer.etag_core == baseline.etag_core;
    case Witness::last_modified:
      return answer.modified_at == baseline.modified_at;
    case Witness::none:
      return false;
  }
  return false;
}

}  // namespace

std::string_view name(Version version) {
  constexpr std::array<std::string_view, 4> names{"current", "previous", "other", "undecidable"};
  return names.at(static_cast<std::size_t>(version));
}

double confidence_of(Witness witness) {
  constexpr std::array<double, 4> confidences{0, 0.99, 0.95, 0.8};
  return confidences.at(static_cast<std::size_t>(witness));
}

std::string_view describe(Witness witness) {
  constexpr std::array<std::string_view, 4> words{"nothing", "the bytes", "the ETag", "Last-Modified"};
  return words.at(static_cast<std::size_t>(witness));
}

VersionReading read_version(const Sighting& answer, const Reference& reference) {
  if (reference.truth.source == Truth::Source::none) {
    return {};
  }
  if (reference.truth.is_divided && matches_a_replica(answer, reference.truth)) {
    return {};
  }
  const Witness by = common_witness(answer, reference);
  const bool is_like_truth = has_true_status(answer, reference.truth);
  if (by == Witness::none) {
    // Without a validator even another status is another version.
    return is_like_truth ? VersionReading{} : VersionReading{Version::other, Witness::none};
  }
  if (is_like_truth && matches_truth(answer, reference, by)) {
    return {Version::current, by};
  }
  const bool is_as_before = reference.baseline != nullptr && matches_baseline(answer, *reference.baseline, by);
  return {is_as_before ? Version::previous : Version::other, by};
}

}  // namespace cachewitness::verdict
