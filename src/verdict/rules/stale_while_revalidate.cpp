#include "verdict/rules/catalogue.h"

#include <algorithm>

#include <fmt/format.h>

#include "http/cache_control.h"

namespace cachewitness::verdict::rule {

namespace {

// RFC 5861 3: past its lifetime, within the window. The lifetime in the header alone is not enough: a
// targeted field may give the edge a longer one (RFC 9213).
bool is_in_window(const Look& look) {
  const http::CacheControl control = http::parse_cache_control(look.seen->cache_control.view());
  const auto lifetime = control.shared_lifetime();
  const auto window = control.seconds("stale-while-revalidate");
  return lifetime && window && look.dating.trust == AgeTrust::trusted && look.seen->age_s > *lifetime &&
         look.seen->age_s <= *lifetime + *window;
}

Ruling judge(const CellView& view) {
  const Look* old = view.first_other_copy();
  if (old == nullptr) {
    return does_not_apply();
  }
  const Look& last = view.looks.back();
  // Behind an address that hides several servers the two answers may be two servers', one of them never purged.
  if (last.is_current() && (view.servers <= 1 || old->seen->says_stale())) {
    // Without the edge's word, servers that the manifest does not know of are still possible.
    return fires(view, *old->seen, old->seen->says_stale() ? 0.95 : 0.85,
                 fmt::format("The first answer held another version; {} later the edge served the new one.",
                             base::human(last.seen->sent_at - old->seen->sent_at)));
  }
  if (old->seen->says_stale() && (view.looks.size() == 1 || last.seen->says_stale())) {
    return fires(view, *old->seen, 0.9, "The edge itself says that it served a stale object.");
  }
  if (view.looks.size() == 1 && is_in_window(*old)) {
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
        "Where several servers hide behind the address, only the edge's own word counts: old and then new may "
        "be two servers.",
    .remedy = "Tolerate it with policy.allow: [stale-while-revalidate], or purge hard.",
    .judge = judge};

}  // namespace cachewitness::verdict::rule
