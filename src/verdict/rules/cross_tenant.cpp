#include "verdict/rules/catalogue.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"
#include "verdict/leak_book.h"

namespace cachewitness::verdict::rule {

namespace {

using evidence::LeakProbe;
using manifest::LeakCheck;

bool names(const LeakSighting& sighting, std::string_view tenant) {
  return std::ranges::find(sighting.tenants_named, tenant) != sighting.tenants_named.end();
}

// Whose answer it is held to be: the first tenant of the run that it names, its own left out.
const std::string* stranger_in(const CellView& view, const LeakSighting& sighting) {
  const auto found = std::ranges::find_if(sighting.tenants_named, [&](const std::string& named) {
    return named != view.tenant && view.leak_book->is_tenant(named);
  });
  return found == sighting.tenants_named.end() ? nullptr : &*found;
}

bool is_asked_for_itself(const LeakSighting& sighting) {
  return !sighting.probe || sighting.is_step(LeakCheck::cross_tenant, LeakProbe::Step::ask);
}

Ruling leaking(const CellView& view, const LeakSighting& seen, const std::string& stranger) {
  const std::string when = seen.probe ? fmt::format("right after {} was asked for under the same cache-buster",
                                                    base::printable(seen.probe->other_tenant))
                                      : std::string("for an ordinary request");
  return leaks(seen, fmt::format("an answer that names tenant {}", view.tenant),
               {.confidence = 0.98,
                .header = {},
                .why = fmt::format("Asked as {}, the edge gave {}'s answer, {}.", base::printable(view.tenant),
                                   base::printable(stranger), when)});
}

Ruling judge(const CellView& view) {
  std::string doubt;
  bool is_asked = false;
  for (const LeakSighting& seen : view.leaks) {
    if (!is_asked_for_itself(seen)) {
      continue;
    }
    is_asked = true;
    if (!seen.is_answer()) {
      doubt = fmt::format("There was no answer ({}).", base::printable(seen.failure));
    } else if (seen.tenants_named.empty()) {
      doubt = fmt::format("The answer (status {}) has no marker.", seen.status);
    } else if (const std::string* stranger = stranger_in(view, seen)) {
      if (!names(seen, view.tenant)) {
        return leaking(view, seen, *stranger);
      }
      doubt = "The answer names several tenants, its own among them: the marker is not one.";
    } else if (!names(seen, view.tenant)) {
      doubt = fmt::format("The marker names \"{}\", which is no tenant that this run has asked for.",
                          base::printable(seen.tenants_named.front()));
    }
  }
  if (!is_asked) {
    return does_not_apply();
  }
  return doubt.empty() ? passes("Right after another tenant's request the edge gave this tenant its own answer.")
                       : cannot_tell(std::move(doubt));
}

}  // namespace

constinit const Rule cross_tenant{
    .id = "cross-tenant",
    .state = State::leak,
    .cause = Cause::cross_tenant,
    .occasion = Occasion::leak_sighting,
    .failure_mode = "F22",
    .anchor = "RFC 9111 2, 7.3",
    .summary = "A tenant gets an answer that belongs to another one.",
    .explanation =
        "The cache key leaves out what tells tenants apart, mostly the Host, so that whoever comes first has the "
        "answer stored for all. The marker that the manifest names says whose an answer is. It is read in every "
        "answer, and tenants that have opted in are asked in pairs for a URL that nobody else asks for.",
    .remedy =
        "Put the Host, or whatever selects the tenant, into the cache key of {edge}; then purge everything there: "
        "copies that were stored under the wrong key are not found by their URL.",
    .judge = judge};

}  // namespace cachewitness::verdict::rule
