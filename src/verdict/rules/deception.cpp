#include "verdict/rules/catalogue.h"

#include <fmt/format.h>

#include "base/text.h"

namespace cachewitness::verdict::rule {

namespace {

using Step = evidence::LeakProbe::Step;
constexpr auto check = manifest::LeakCheck::deception;

Ruling exposing(const LeakSighting& stranger, const LeakSighting& asked, double confidence, std::string_view how) {
  return leaks(asked, stranger.describe(),
               {.confidence = confidence,
                .header = {},
                .why = fmt::format("After the account had asked for this name of a file, a visitor who is not signed "
                                   "in got {}.",
                                   how)});
}

Ruling judge(const CellView& view) {
  const LeakSighting* stranger = find_step(view.leaks, check, Step::first);
  const LeakSighting* account = find_step(view.leaks, check, Step::prime);
  const LeakSighting* asked = find_step(view.leaks, check, Step::ask);
  if (stranger == nullptr && account == nullptr && asked == nullptr) {
    return does_not_apply();
  }
  if (stranger == nullptr || account == nullptr || asked == nullptr || !stranger->is_answer() ||
      !account->is_answer() || !asked->is_answer()) {
    return cannot_tell("Not all three requests were answered.");
  }
  if (stranger->has_private_text) {
    return cannot_tell("The text that is said to be private stands in what anyone gets.");
  }
  if (asked->has_private_text) {
    return exposing(*stranger, *asked, 0.98, "the account's text");
  }
  if (account->is_success() && are_same_answer(*account, *asked) && !are_same_answer(*stranger, *account)) {
    return exposing(*stranger, *asked, asked->is_from_store() ? 0.9 : 0.8, "the very bytes that the account got");
  }
  if (!account->is_success() && account->status != 404) {
    return cannot_tell(
        fmt::format("The account's own request was answered with status {}: does it still sign in?", account->status));
  }
  return passes("A visitor who is not signed in did not get what the account got.");
}

}  // namespace

constinit const Rule deception{
    .id = "deception",
    .state = State::leak,
    .cause = Cause::deception,
    .occasion = Occasion::leak_sighting,
    .failure_mode = "F24",
    .anchor = "RFC 9111 7.3, 3.5",
    .summary = "An account's page is stored under the name of a file and served to anyone.",
    .explanation =
        "The origin answers /account/x.css with the account's page, and the cache takes the name for a file that "
        "everyone may have. Whoever makes a signed-in visitor follow such a link can read the page afterwards. The "
        "check asks with a test account for a name that nobody else asks for, and then without it.",
    .remedy =
        "Let {edge} store by what the origin's Cache-Control says and not by the name's ending, send Cache-Control: "
        "private or no-store with account pages, and answer 404 to names below them that are none. Then purge.",
    .judge = judge};

}  // namespace cachewitness::verdict::rule
