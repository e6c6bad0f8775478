#include "verdict/sighting.h"

#include <algorithm>
#include <array>
#include <limits>
#include <tuple>
#include <utility>

#include "base/digest.h"
#include "base/text.h"
#include "http/age.h"
#include "http/entity_tag.h"
#include "http/head.h"
#include "http/http_date.h"
#include "http/vendor_status.h"

namespace cachewitness::verdict {

namespace {

// Evidence was within the manifest's limits when it was taken; the judge sets none of its own.
http::HeadLimits no_limits() {
  constexpr std::size_t any = std::numeric_limits<std::size_t>::max();
  return {.head_bytes = any, .fields = any, .value_bytes = any};
}

// Where a sighting keeps the joined value of a field.
TextId Sighting::* member_for(std::string_view name) {
  constexpr std::array<std::pair<std::string_view, TextId Sighting::*>, 6> members{{
      {"etag", &Sighting::etag},
      {"last-modified", &Sighting::last_modified},
      {"cache-control", &Sighting::cache_control},
      {"vary", &Sighting::vary},
      {"content-encoding", &Sighting::content_encoding},
      {"location", &Sighting::location},
  }};
  const auto* const found = std::ranges::find(members, name, &std::pair<std::string_view, TextId Sighting::*>::first);
  return found == members.end() ? nullptr : found->second;
}

}  // namespace

bool is_before(const Sighting& a, const Sighting& b) {
  return std::tie(a.sent_at, a.received_at, a.sample, a.id) < std::tie(b.sent_at, b.received_at, b.sample, b.id);
}

Notebook::Notebook(const manifest::Policy& policy) {
  for (const std::string& name : policy.compare) {
    if (name != "status") {
      compared_.push_back(base::lower_case(name));
      kept_.push_back(member_for(compared_.back()));
    }
  }
}

TextId Notebook::intern(std::string_view text) { return {strings_.intern(text)}; }

std::string_view Notebook::text(TextId id) const { return id.is_none() ? std::string_view{} : strings_.at(id.value); }

std::string Notebook::digest_hex(const Sighting& sighting) const { return base::hex(text(sighting.digest)); }

TextId Notebook::field(const Sighting& sighting, std::size_t index) const {
  return sighting.is_answer() ? fields_.at(sighting.first_field + index) : TextId{};
}

std::optional<std::uint32_t> Notebook::add(const evidence::Evidence& evidence) {
  const base::Failure* failure = evidence.failure();
  if (failure != nullptr && failure->cause == base::FailureCause::cancelled) {
    return std::nullopt;
  }
  Sighting sighting;
  sighting.id = evidence.id;
  sighting.sent_at = evidence.sent_at;
  sighting.received_at = evidence.received_at;
  sighting.connection = evidence.path.connection;
  sighting.cell = evidence.cell;
  sighting.replica = evidence.replica;
  sighting.sample = evidence.sample;
  sighting.role = evidence.role;
  sighting.url = intern(evidence.url);
  if (failure != nullptr) {
    sighting.cause = failure->cause;
    sighting.stage = failure->stage;
    sighting.failure_detail = intern(failure->detail);
  } else {
    read_response(*evidence.response(), sighting);
  }
  sightings_.push_back(sighting);
  return static_cast<std::uint32_t>(sightings_.size() - 1);
}

void Notebook::read_response(const evidence::Response& response, Sighting& sighting) {
  sighting.status = static_cast<std::int16_t>(response.status);
  sighting.is_broken = !response.body.decode_error.empty();
  sighting.is_empty = response.body.wire_bytes == 0;
  if (response.body.sha256 && response.body.decode_error.empty()) {
    const auto& bytes = response.body.sha256->bytes;
    sighting.digest = intern({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  }
  http::ResponseHead head;
  // A head that does not parse has no fields; the status and the body stand.
  static_cast<void>(http::parse_recorded_head(response.head, no_limits(), head));
  std::string joined;
  const auto take = [&](std::string_view name) {
    joined.clear();
    return head.join(name, joined) == 0 ? TextId{} : intern(joined);
  };
  sighting.etag = take("etag");
  if (const auto tag = http::parse_entity_tag(text(sighting.etag))) {
    sighting.is_weak = tag->is_weak;
    sighting.etag_core = intern(http::core(text(sighting.etag)));
  }
  sighting.last_modified = take("last-modified");
  sighting.modified_at = http::parse_http_date(text(sighting.last_modified), sighting.received_at);
  sighting.date = http::parse_http_date(text(take("date")), sighting.received_at);
  sighting.cache_control = take("cache-control");
  sighting.vary = take("vary");
  sighting.content_encoding = take("content-encoding");
  sighting.location = take("location");
  sighting.trace = take("x-varnish");
  sighting.age_s = http::parse_age(text(take("age"))).value_or(-1);
  const http::VendorStatus vendor = http::read_vendor_status(head);
  sighting.mark = vendor.mark;
  if (vendor.mark != http::CacheMark::none) {
    sighting.mark_text = intern(std::string(vendor.header) + ": " + vendor.text);
  }
  sighting.first_field = static_cast<std::uint32_t>(fields_.size());
  for (std::size_t i = 0; i < compared_.size(); ++i) {
    fields_.push_back(kept_[i] == nullptr ? take(compared_[i]) : sighting.*kept_[i]);
  }
}

}  // namespace cachewitness::verdict
