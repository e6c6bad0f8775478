#include "verdict/version.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace cachewitness::verdict {

namespace {

// A redirect's target is part of it: its body is mostly empty and says nothing.
bool is_like(const Sighting& answer, const Sighting& replica) {
  return answer.status == replica.status && (!answer.is_redirect() || answer.location == replica.location);
}

// An origin's answer is compared with like (a deliberate 404 is a truth).
bool is_like_truth(const Sighting& answer, const Truth& truth) {
  if (truth.current.empty()) {
    return is_whole_success(answer.status);
  }
  return std::ranges::any_of(truth.current, [&](const Sighting* replica) { return is_like(answer, *replica); });
}

// Replicas disagree and nothing tells which is right: an answer that equals one of them decides nothing.
bool matches_a_replica(const Sighting& answer, const Truth& truth) {
  const auto is_same = [&](const Sighting* replica) { return may_be_same_version(answer, *replica); };
  return std::ranges::any_of(truth.current, is_same) || std::ranges::any_of(truth.lagging, is_same);
}

bool is_among(Text core, std::span<const Text> cores) { return std::ranges::find(cores, core) != cores.end(); }

// A weak tag may stay the same over changes that its author thinks do not matter (RFC 9110 8.8.1). What an
// edge does to a strong one when it compresses leaves the origin's word strong.
Witness strength_of_etag(const Reference& reference) {
  const auto is_strong = [](const Sighting* replica) { return !replica->etag.is_none() && !replica->is_weak; };
  const bool is_known_weak =
      !reference.truth.current.empty() && std::ranges::none_of(reference.truth.current, is_strong);
  return is_known_weak ? Witness::weak_etag : Witness::etag;
}

// What the comparison can go by: the strongest witness that both sides have.
Witness common_witness(const Sighting& answer, const Reference& reference) {
  if (!answer.digest.is_none() && reference.truth.has_digest()) {
    return Witness::digest;
  }
  if (!answer.etag_core.is_none() &&
      (reference.truth.has_etag() || is_among(answer.etag_core, reference.truth_cores))) {
    return strength_of_etag(reference);
  }
  const Sighting* example = reference.truth.example();
  return answer.modified_at && example != nullptr && example->modified_at ? Witness::last_modified : Witness::none;
}

// Without the bytes themselves, none where there should be some are still another answer.
bool is_emptied(const Sighting& answer, const Truth& truth) {
  return answer.is_empty && !truth.current.empty() &&
         std::ranges::none_of(truth.current, [](const Sighting* replica) { return replica->is_empty; });
}

bool matches_truth(const Sighting& answer, const Reference& reference, Witness by) {
  switch (by) {
    case Witness::digest:
      return reference.truth.is_digest(answer.digest);
    case Witness::etag:
    case Witness::weak_etag:
      return is_among(answer.etag_core, reference.truth_cores) && !is_emptied(answer, reference.truth);
    case Witness::last_modified:
      return !is_emptied(answer, reference.truth) &&
             std::ranges::any_of(reference.truth.current,
                                 [&](const Sighting* s) { return s->modified_at == answer.modified_at; });
    case Witness::none:
      return false;
  }
  return false;
}

// By the strongest witness that these two have, which need not be the one that the truth was compared by. A
// validator that the truth bears too does not tell the old version from the new one.
Witness baseline_witness(const Sighting& answer, const Reference& reference) {
  const Sighting& baseline = *reference.baseline;
  if (!is_like(answer, baseline)) {
    return Witness::none;
  }
  if (!answer.digest.is_none() && !baseline.digest.is_none()) {
    return answer.digest == baseline.digest ? Witness::digest : Witness::none;
  }
  if (!answer.etag_core.is_none() && !baseline.etag_core.is_none()) {
    const bool is_telling = !is_among(answer.etag_core, reference.truth_cores);
    return is_telling && answer.etag_core == baseline.etag_core ? Witness::etag : Witness::none;
  }
  const bool is_telling = std::ranges::none_of(reference.truth.current,
                                               [&](const Sighting* s) { return s->modified_at == answer.modified_at; });
  return is_telling && answer.modified_at && answer.modified_at == baseline.modified_at ? Witness::last_modified
                                                                                        : Witness::none;
}

}  // namespace

std::string_view name(Version version) {
  constexpr std::array<std::string_view, 4> names{"current", "previous", "other", "undecidable"};
  return names.at(static_cast<std::size_t>(version));
}

double confidence_of(Witness witness) {
  constexpr std::array<double, 5> confidences{0, 0.99, 0.95, 0.85, 0.8};
  return confidences.at(static_cast<std::size_t>(witness));
}

std::string_view describe(Witness witness) {
  constexpr std::array<std::string_view, 5> words{"nothing", "the bytes", "the ETag", "the weak ETag", "Last-Modified"};
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
  const bool is_like = is_like_truth(answer, reference.truth);
  if (is_like && by == Witness::none) {
    return {};
  }
  if (is_like && matches_truth(answer, reference, by)) {
    return {Version::current, by};
  }
  const Witness as_before = reference.baseline == nullptr ? Witness::none : baseline_witness(answer, reference);
  if (as_before != Witness::none) {
    return {Version::previous, by == Witness::none ? as_before : std::max(by, as_before)};
  }
  return {Version::other, by};  // by none: even without a validator another status is another answer
}

}  // namespace cachewitness::verdict
