#include "verdict/cell_view.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"
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

std::size_t CellView::connections_since(base::Instant since) const {
  std::vector<std::uint64_t> connections;
  for (const Look& look : looks) {
    if (look.seen->received_at >= since) {
      connections.push_back(look.seen->connection);
    }
  }
  std::ranges::sort(connections);
  const auto repeated = std::ranges::unique(connections);
  return connections.size() - repeated.size();
}

std::size_t CellView::connections_needed() const { return plan::samples_needed(servers, header->policy.confidence, 1); }

std::string CellView::describe(const Sighting& sighting) const {
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
