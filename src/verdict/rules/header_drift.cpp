#include "verdict/rules/catalogue.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"
#include "http/cache_control.h"
#include "http/vary.h"

namespace cachewitness::verdict::rule {

namespace {

std::string without_blanks(std::string_view value) {
  std::string out = base::lower_case(value);
  std::erase_if(out, [](char c) { return c == ' ' || c == '\t'; });
  return out;
}

// A cache that compresses must add Accept-Encoding (RFC 9110 12.5.5), so an edge may say more than the origin.
bool same_vary(std::string_view edge, std::string_view origin) {
  http::Vary ours = http::parse_vary(edge);
  const http::Vary theirs = http::parse_vary(origin);
  if (!theirs.has("accept-encoding")) {
    std::erase(ours.names, "accept-encoding");
  }
  return ours == theirs;
}

bool same_value(std::string_view name, std::string_view edge, std::string_view origin) {
  if (name == "cache-control") {
    return http::same_directives(http::parse_cache_control(edge), http::parse_cache_control(origin));
  }
  if (name == "content-type") {
    return without_blanks(edge) == without_blanks(origin);
  }
  return name == "vary" ? same_vary(edge, origin) : base::trim(edge) == base::trim(origin);
}

// Validators are validator-drift's, unless the bytes were not compared: then only the one that decided is
// known to agree.
bool is_ours(std::string_view name, Witness by) {
  if (name == "etag") {
    return false;
  }
  return name != "last-modified" || by == Witness::etag || by == Witness::weak_etag;
}

bool differs(const CellView& view, const Look& look, std::size_t index) {
  const std::string& name = view.notebook->compared()[index];
  const Text edge = view.notebook->field(*look.seen, index);
  // Replicas of one version may still differ in headers; an edge that agrees with any of them is right.
  return std::ranges::none_of(view.truth().current, [&](const Sighting* replica) {
    const Text origin = view.notebook->field(*replica, index);
    if (edge == origin) {
      return true;
    }
    if (name == "last-modified") {
      return look.seen->modified_at == replica->modified_at;
    }
    // Missing and empty are two things, except for Vary, where an edge may only add.
    const bool is_comparable = edge.is_none() == origin.is_none() || name == "vary";
    return is_comparable && same_value(name, edge.view(), origin.view());
  });
}

// The same numbers of the notebook: every field is the same, without a look at any.
bool is_as_a_replica(const CellView& view, const Sighting& seen) {
  return std::ranges::any_of(view.truth().current, [&](const Sighting* replica) {
    return replica->form == seen.form && replica->version == seen.version;
  });
}

Ruling report(const CellView& view, const Look& look, std::size_t index) {
  const std::string& name = view.notebook->compared()[index];
  const auto shown = [&](const Sighting& s) {
    const Text value = view.notebook->field(s, index);
    return value.is_none() ? std::string("(absent)") : std::string(value.view());
  };
  Ruling ruling = fires(view, *look.seen, confidence_of(look.version.by),
                        fmt::format("The content is the origin's, but {} is not.", base::printable(name)));
  ruling.header = name;
  ruling.expected = shown(*view.truth().example());
  ruling.observed = shown(*look.seen);
  return ruling;
}

Ruling judge(const CellView& view) {
  if (!view.is_current() || view.truth().example() == nullptr) {
    return does_not_apply();
  }
  for (const Look& look : view.looks) {
    if (is_as_a_replica(view, *look.seen)) {
      continue;
    }
    for (std::size_t index = 0; index < view.notebook->compared().size(); ++index) {
      if (is_ours(view.notebook->compared()[index], look.version.by) && differs(view, look, index)) {
        return report(view, look, index);
      }
    }
  }
  return passes("Every compared header says what the origin's says.");
}

}  // namespace

constinit const Rule header_drift{
    .id = "header-drift",
    .state = State::mismatch,
    .cause = Cause::header_drift,
    .failure_mode = "",
    .anchor = "RFC 9111 3.2, 4.3.4",
    .summary = "The content is new, but a header is not the origin's.",
    .explanation =
        "Headers are compared by meaning: Cache-Control as a set of directives, Vary as a set of names, types "
        "without regard to case and blanks. A difference means that the edge rewrites the header, or that it "
        "kept an object from before a change of headers alone.",
    .remedy =
        "If {edge} is meant to rewrite {header}, leave it out of policy.compare; otherwise purge {url} there and "
        "compare the configurations.",
    .judge = judge};

}  // namespace cachewitness::verdict::rule
