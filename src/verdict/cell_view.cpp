#include "verdict/cell_view.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/text.h"
#include "http/vary.h"
#include "plan/sampling.h"

namespace cachewitness::verdict {

namespace {

constexpr std::size_t shown_digest_digits = 12;

std::string fingerprint(std::string_view digest_hex, std::string_view etag, std::string_view last_modified) {
  std::string text;
  if (!digest_hex.empty()) {
    text += fmt::format(", sha256 {}", digest_hex.substr(0, shown_digest_digits));
  }
  if (!etag.empty()) {
    text += fmt::format(", ETag {}", etag);
  }
  if (!last_modified.empty()) {
    text += fmt::format(", Last-Modified {}", last_modified);
  }
  return text;
}

std::string_view doing(base::Stage stage) {
  switch (stage) {
    case base::Stage::resolve:
      return "resolving the name";
    case base::Stage::connect:
      return "connecting";
    case base::Stage::tls:
      return "shaking hands over TLS";
    case base::Stage::request:
      return "sending the request";
    case base::Stage::head:
      return "awaiting the response head";
    case base::Stage::body:
      return "reading the body";
  }
  return "asking";
}

}  // namespace

const Look* CellView::first(Version version) const {
  const auto found = std::ranges::find_if(looks, [version](const Look& look) { return look.version.is(version); });
  return found == looks.end() ? nullptr : &*found;
}

const Look* CellView::first_not_current() const {
  const auto found = std::ranges::find_if(looks, &Look::is_not_current);
  return found == looks.end() ? nullptr : &*found;
}

bool CellView::are_variants(const Sighting& a, const Sighting& b) const {
  if (a.content_encoding != b.content_encoding) {
    return true;
  }
  return std::ranges::any_of(std::array{&a, &b}, [&](const Sighting* seen) {
    const http::Vary vary = http::parse_vary(seen->vary.view());
    if (vary.is_any || header->selectors.empty()) {
      return !vary.is_empty();
    }
    return std::ranges::any_of(header->selectors, [&](const evidence::Selector& selector) {
      return selector.tells_apart(a.cell.variant, b.cell.variant) && vary.has(selector.field);
    });
  });
}

bool CellView::is_other_copy(const Look& look) const {
  if (!look.is_not_current()) {
    return false;
  }
  const Sighting* example = truth().example();
  const bool is_of_its_kind =
      example == nullptr ? is_whole_success(look.seen->status) : look.seen->status == example->status;
  return is_of_its_kind || look.version.is(Version::previous) || look.seen->is_from_store();
}

const Look* CellView::first_other_copy() const {
  const auto found = std::ranges::find_if(looks, [this](const Look& look) { return is_other_copy(look); });
  return found == looks.end() ? nullptr : &*found;
}

bool CellView::is_current() const { return !looks.empty() && std::ranges::all_of(looks, &Look::is_current); }

std::vector<std::uint64_t> CellView::connections(base::Instant since) const {
  std::vector<std::uint64_t> all;
  for (const Look& look : looks) {
    if (look.seen->received_at >= since) {
      all.push_back(look.seen->connection);
    }
  }
  std::ranges::sort(all);
  const auto repeated = std::ranges::unique(all);
  all.erase(repeated.begin(), repeated.end());
  return all;
}

std::size_t CellView::connections_since(base::Instant since) const { return connections(since).size(); }

double CellView::detection_power(base::Instant since) const {
  if (servers <= 1) {
    return looks.empty() || looks.back().seen->received_at < since ? 0.0 : 1.0;
  }
  plan::Met met;
  // Names of more machines than are said to be there are names of something else.
  const bool are_names_of_servers = notebook->nodes_seen(cell.edge) <= servers;
  std::vector<std::uint64_t> nodes;
  for (const std::uint64_t connection : connections(since)) {
    const auto node = are_names_of_servers ? notebook->nodes_met(cell.edge).on(connection) : std::nullopt;
    if (node) {
      nodes.push_back(*node);
    } else {
      ++met.unnamed;
    }
  }
  std::ranges::sort(nodes);
  met.named = static_cast<std::uint32_t>(nodes.size() - std::ranges::unique(nodes).size());
  return plan::detection_power(servers, met);
}

double CellView::power_needed() const { return plan::confidence_of_each(header->policy.confidence, sampled_edges); }

bool CellView::reaches_confidence(base::Instant since) const {
  // A number of connections that was settled beforehand keeps its promise over all runs, however lucky this one was
  // in the servers that it met. Only what falls short of it needs their names.
  const plan::Met blind{static_cast<std::uint32_t>(connections_since(since)), 0};
  const double needed = power_needed();
  return plan::reaches(plan::detection_power(servers, blind), needed) || plan::reaches(detection_power(since), needed);
}

std::string CellView::describe(const Sighting& sighting) {
  if (!sighting.is_answer()) {
    return fmt::format("{} while {}: {}", base::name(sighting.cause), doing(sighting.stage),
                       sighting.failure_detail.view());
  }
  return fmt::format(
      "status {}{}", sighting.status,
      fingerprint(base::hex(sighting.digest.view()), sighting.etag.view(), sighting.last_modified.view()));
}

std::string CellView::describe_truth() const {
  if (truth().source == Truth::Source::expectation) {
    const std::string digest = base::hex(truth().expected.digest.view());
    return "as the deploy said" + fingerprint(digest, truth().expected.etag_core.view(), "");
  }
  return truth().example() == nullptr ? std::string{} : describe(*truth().example());
}

}  // namespace cachewitness::verdict
