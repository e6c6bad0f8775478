#include "lab/cache_store.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "http/age.h"
#include "http/cache_policy.h"
#include "http/freshness.h"
#include "lab/http_text.h"

namespace cachewitness::lab {

namespace {

std::int64_t whole_seconds(base::Duration duration) {
  return std::chrono::floor<std::chrono::seconds>(duration).count();
}

// RFC 9110 7.6.1, and what the edge writes anew for every answer.
bool is_left_out(std::string_view name) {
  constexpr std::array<std::string_view, 9> names = {"connection", "keep-alive",     "transfer-encoding",
                                                     "te",         "upgrade",        "proxy-connection",
                                                     "trailer",    "content-length", "age"};
  return std::any_of(names.begin(), names.end(),
                     [name](std::string_view other) { return base::equals_ignoring_case(name, other); });
}

}  // namespace

std::int64_t StoredResponse::age(base::Tick now) const {
  return std::max<std::int64_t>(0, whole_seconds(now - generated_at));
}

std::int64_t StoredResponse::ttl(base::Tick now) const { return whole_seconds(expires_at - now); }

StoredResponse received(const http::ResponseHead& head, std::string_view body, base::Tick requested_at) {
  struct Kept {
    std::string_view name;
    std::string StoredResponse::* value;
  };
  constexpr std::array<Kept, 5> kept = {{{"date", &StoredResponse::date},
                                         {"cache-control", &StoredResponse::cache_control},
                                         {"etag", &StoredResponse::etag},
                                         {"last-modified", &StoredResponse::last_modified},
                                         {"vary", &StoredResponse::vary}}};
  StoredResponse response;
  response.status = head.status;
  response.body = body;
  for (const Kept& one : kept) {
    head.join(one.name, response.*one.value);
  }
  for (const http::Field& field : head.fields) {
    const bool is_kept = std::any_of(kept.begin(), kept.end(), [&field](const Kept& one) {
      return base::equals_ignoring_case(field.name, one.name);
    });
    if (!is_kept && !is_left_out(field.name)) {
      append_field(response.fields, field.name, field.value);
    }
  }
  const auto coding = head.find("content-encoding");
  response.coding = coding && base::equals_ignoring_case(*coding, "gzip") ? Coding::gzip : Coding::identity;

  const http::CachePolicy policy = http::policy_of(http::parse_cache_control(response.cache_control));
  const std::chrono::seconds age{http::parse_age(head.find("age").value_or("")).value_or(0)};
  // RFC 9111 4.2.3: counted from the request, so that the time on the way is not forgotten.
  response.generated_at = requested_at - age;
  // Said explicitly: an edge of the lab guesses no lifetime.
  const auto lifetime = http::freshness_lifetime({.status = head.status, .policy = policy}, http::CacheKind::shared);
  response.expires_at = response.generated_at + std::chrono::seconds(lifetime.seconds);
  response.stale_until = response.expires_at + std::chrono::seconds(policy.stale_while_revalidate.value_or(0));
  return response;
}

bool may_store(const StoredResponse& response, base::Tick now) {
  constexpr std::array<int, 5> statuses = {200, 301, 308, 404, 410};
  const http::CachePolicy policy = http::policy_of(http::parse_cache_control(response.cache_control));
  return std::find(statuses.begin(), statuses.end(), response.status) != statuses.end() && response.is_fresh(now) &&
         http::may_store(policy, http::CacheKind::shared) && !policy.no_cache && !policy.no_cache_fields &&
         !policy.private_fields && !http::parse_vary(response.vary).is_any;
}

StoredResponse* CacheStore::find(std::string_view url, const http::RequestHead& request) {
  const auto found = entries_.find(url);
  if (found == entries_.end()) {
    last_miss_ = Miss::uri;
    return nullptr;
  }
  select(found->second.vary, request);
  for (StoredResponse& variant : found->second.variants) {
    if (variant.selection == selection_) {
      last_miss_ = Miss::none;
      return &variant;
    }
  }
  last_miss_ = Miss::vary;
  return nullptr;
}

bool CacheStore::store(std::string_view url, const http::RequestHead& request, StoredResponse response) {
  if (held_bytes_ + response.body.size() > capacity_bytes_) {
    return false;
  }
  Entry& entry = entries_.try_emplace(std::string(url)).first->second;
  http::Vary vary = http::parse_vary(response.vary);
  if (entry.vary != vary) {  // keys of the old nomination would mean something else now
    for (const StoredResponse& variant : entry.variants) {
      held_bytes_ -= variant.body.size();
    }
    entry.variants.clear();
    entry.vary = std::move(vary);
  }
  select(entry.vary, request);
  response.selection = selection_;
  held_bytes_ += response.body.size();
  for (StoredResponse& variant : entry.variants) {
    if (variant.selection == selection_) {
      held_bytes_ -= variant.body.size();
      variant = std::move(response);
      return true;
    }
  }
  entry.variants.push_back(std::move(response));
  return true;
}

std::size_t CacheStore::purge(std::string_view url, std::optional<Coding> only) {
  const auto found = entries_.find(url);
  if (found == entries_.end()) {
    return 0;
  }
  const std::size_t purged = std::erase_if(found->second.variants, [this, only](const StoredResponse& variant) {
    const bool is_meant = !only || variant.coding == *only;
    held_bytes_ -= is_meant ? variant.body.size() : 0;
    return is_meant;
  });
  if (found->second.variants.empty()) {
    entries_.erase(found);
  }
  return purged;
}

std::size_t CacheStore::purge_softly(std::string_view url, base::Tick now, base::Duration window) {
  const auto found = entries_.find(url);
  if (found == entries_.end()) {
    return 0;
  }
  for (StoredResponse& variant : found->second.variants) {
    variant.expires_at = std::min(variant.expires_at, now);
    variant.stale_until = std::max(variant.stale_until, now + window);
  }
  return found->second.variants.size();
}

void CacheStore::clear() {
  entries_.clear();
  held_bytes_ = 0;
}

void CacheStore::select(const http::Vary& vary, const http::RequestHead& request) {
  selection_.clear();
  for (const std::string& name : vary.names) {
    const std::string_view value = request.find(name).value_or("");
    if (name == "accept-encoding") {
      // Normalised, as RFC 9111 4.1 allows: otherwise every browser's wording would be a variant of its own.
      selection_.append(negotiated_coding(value) == Coding::gzip ? "gzip" : "");
    } else {
      selection_.append(value);
    }
    selection_.push_back('\n');
  }
}

}  // namespace cachewitness::lab
