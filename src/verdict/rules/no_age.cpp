#include "verdict/rules/catalogue.h"

#include <fmt/format.h>

namespace cachewitness::verdict::rule {

namespace {

// What the edge does as a rule, where that says more than the one answer.
std::string_view habit(const CellView& view, AgeTrust trust) {
  const EdgeProfile profile = view.notebook->profile_of(view.cell.edge);
  if (trust != AgeTrust::absent || profile.age_mode != AgeMode::never) {
    return describe(trust);
  }
  const bool is_own_date = profile.date_mode == DateMode::current || profile.date_mode == DateMode::rewritten;
  return is_own_date ? "never sends Age, and a Date of its own" : "never sends Age";
}

Ruling judge(const CellView& view) {
  const Look* other = view.first(Version::other);
  if (other == nullptr || view.first(Version::previous) != nullptr || !view.purge().is_known) {
    return does_not_apply();
  }
  if (other->dating.generation) {
    return passes("The object's age is known.");
  }
  return fires(
      view, *other->seen, 1.0,
      fmt::format("The content is not the origin's, but the edge {}, and no baseline of this edge shows that it "
                  "is what was there before the purge.",
                  habit(view, other->dating.trust)));
}

}  // namespace

constinit const Rule no_age{
    .id = "no-age",
    .state = State::inconclusive,
    .cause = Cause::no_age,
    .occasion = Occasion::other_answer,
    .failure_mode = "INC",
    .anchor = "RFC 9111 5.1",
    .summary = "Nothing says whether the object is older than the purge.",
    .explanation =
        "The content differs from the origin's, but it was not seen before the deploy and the cache sends no "
        "usable Age (nginx never does). It may be an old object or a fresh one that differs for another "
        "reason. A missing Age proves nothing (RFC 9111 5.1).",
    .remedy =
        "Run arm before the next deploy and give its file with --baseline: then old content is known by its bytes.",
    .judge = judge};

}  // namespace cachewitness::verdict::rule
