#include "verdict/rules/catalogue.h"

namespace cachewitness::verdict::rule {

namespace {

Ruling judge(const CellView& view) {
  if (view.header->gate.require_grade != manifest::RequiredGrade::proven || !view.is_current()) {
    return does_not_apply();
  }
  if (view.baseline != nullptr) {
    return passes("There is a baseline of this cell.");
  }
  return fires(view, *view.looks.front().seen, 1.0,
               "The content is new, but without a baseline nobody knows that it was ever old here.");
}

}  // namespace

constinit const Rule no_baseline{
    .id = "no-baseline",
    .state = State::inconclusive,
    .cause = Cause::no_baseline,
    .failure_mode = "INC",
    .anchor = "RFC 9111 4.4",
    .summary = "The gate asks for proof, and this edge was not looked at before the deploy.",
    .explanation =
        "New content after a purge proves the purge only if the same edge held old content before. Otherwise "
        "the edge may never have had the asset. gate.require_grade: proven asks for that proof.",
    .remedy = "Run arm before the deploy and give its file with --baseline.",
    .judge = judge};

}  // namespace cachewitness::verdict::rule
