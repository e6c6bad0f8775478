#include "verdict/rules/catalogue.h"

#include <algorithm>

#include <fmt/format.h>

#include "verdict/obeyed.h"

namespace cachewitness::verdict::rule {

namespace {

// RFC 5861 3: past the lifetime that the edge obeys, and within the window.
bool is_in_window(const CellView& view, const Look& look) {
  const http::CachePolicy policy = policy_of_object(view, *look.seen).policy;
  const auto lifetime = explicit_lifetime(policy);
  return lifetime && look.dating.trust == AgeTrust::trusted && look.seen->age_s > *lifetime &&
         http::may_serve_while_revalidating(policy, http::CacheKind::shared, look.seen->age_s - *lifetime);
}

// One server: a connection stays with it, and so does a name.
bool is_same_server(const Sighting& a, const Sighting& b) {
  return a.connection == b.connection || (a.node != 0 && a.node == b.node);
}

// Each server that gave another version gave the new one later. Behind an address that hides several, two answers may
// be two servers', one of them never purged.
bool has_turned(const CellView& view) {
  return std::ranges::all_of(view.looks, [&](const Look& old) {
    return !view.is_other_copy(old) || std::ranges::any_of(view.looks, [&](const Look& later) {
      const bool is_its = view.servers <= 1 || is_same_server(*old.seen, *later.seen);
      return later.is_current() && is_its && is_before(*old.seen, *later.seen);
    });
  });
}

// Without the edge's word it may as well be a purge that came late.
std::string how(const CellView& view, const Look& old) {
  if (old.seen->says_stale() || !view.purge().is_known) {
    return {};
  }
  const base::Duration late = view.looks.back().seen->sent_at - view.purge().acknowledged_at;
  return fmt::format(
      " The edge did not call it stale, so the purge may also have arrived late: within {} of being "
      "acknowledged, where the policy gives it {}.",
      base::human(late), base::human(view.header->policy.propagation));
}

Ruling judge(const CellView& view) {
  const Look* old = view.first_other_copy();
  if (old == nullptr) {
    return does_not_apply();
  }
  const Look& last = view.looks.back();
  if (last.is_current() && (old->seen->says_stale() || has_turned(view))) {
    // Without the edge's word, servers that the manifest does not know of are still possible.
    return fires(view, *old->seen, old->seen->says_stale() ? 0.95 : 0.85,
                 fmt::format("The first answer held another version; {} later the edge served the new one.{}",
                             base::human(last.seen->sent_at - old->seen->sent_at), how(view, *old)));
  }
  if (old->seen->says_stale() && (view.looks.size() == 1 || last.seen->says_stale())) {
    return fires(view, *old->seen, 0.9, "The edge itself says that it served a stale object.");
  }
  if (view.looks.size() == 1 && is_in_window(view, *old)) {
    return fires(
        view, *old->seen, 0.7,
        fmt::format("At Age {} s the object was past its lifetime and inside its stale-while-revalidate window.",
                    old->seen->age_s));
  }
  return passes("Nothing says that the edge served a stale object while fetching a new one.");
}

}  // namespace

constinit const Rule stale_while_revalidate{
    .id = "stale-while-revalidate",
    .state = State::stale,
    .cause = Cause::stale_while_revalidate,
    .occasion = Occasion::other_answer,
    .failure_mode = "F7",
    .anchor = "RFC 5861 3",
    .summary = "The edge served the old version once more while it fetched the new one.",
    .explanation =
        "A soft purge marks an object stale instead of removing it, and stale-while-revalidate lets the edge "
        "serve it to whoever asks first. It heals itself, but somebody (here: the probe) got the old version. "
        "Where several servers hide behind the address, old and then new may be two servers: then it takes the edge's "
        "own word, or the same server by its connection or its name. A purge that came late, after policy.propagation, "
        "looks the same where the edge does not say that what it served was stale; which it was is told as far as it "
        "is known.",
    .remedy =
        "Tolerate it with policy.allow: [stale-while-revalidate], or purge hard; if purges of {url} arrive late at "
        "{edge}, "
        "raise policy.propagation to what the provider needs.",
    .judge = judge};

}  // namespace cachewitness::verdict::rule
