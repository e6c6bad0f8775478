// CacheStore: what one edge holds. A shared cache in the small (RFC 9111): the primary key is the URL without
// its scheme, the secondary key are the request fields that Vary nominates. Pure: time is passed in.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/time.h"
#include "http/head.h"
#include "http/vary.h"
#include "lab/catalogue.h"
#include "lab/content.h"

namespace cachewitness::lab {

struct StoredResponse {
  int status = 200;
  std::string fields;  // repeated as they came: all but those below, hop-by-hop fields and Content-Length
  std::string date;
  std::string cache_control;
  std::string etag;
  std::string last_modified;
  std::string vary;
  std::string body;
  Coding coding = Coding::identity;  // of the body, by its Content-Encoding
  base::Tick generated_at;           // when its Age was 0
  base::Tick expires_at;
  base::Tick stale_until;  // may be served stale before, while it is fetched again (RFC 5861 3)
  std::string selection;   // the store's: values of the nominated fields

  // RFC 9111 4.2.3, in whole seconds.
  [[nodiscard]] std::int64_t age(base::Tick now) const;
  // What is left of its freshness, RFC 9211 2.4: negative where it is stale.
  [[nodiscard]] std::int64_t ttl(base::Tick now) const;
  [[nodiscard]] bool is_fresh(base::Tick now) const { return now < expires_at; }
};

// Makes a StoredResponse of what an upstream answered to a request sent at `requested_at`; an Age that came
// along counts. Says nothing on whether it may be stored.
[[nodiscard]] StoredResponse received(const http::ResponseHead& head, std::string_view body, base::Tick requested_at);

// RFC 9111 3, for a shared cache that stores only what has an explicit lifetime.
[[nodiscard]] bool may_store(const StoredResponse& response, base::Tick now);

class CacheStore {
 public:
  enum class Miss : std::uint8_t { none, uri, vary };  // why find() found nothing: RFC 9211 2.2

  // Bodies beyond this many bytes are not taken in; what is held stays.
  explicit CacheStore(std::size_t capacity_bytes) : capacity_bytes_(capacity_bytes) {}

  // Null where nothing selected is held; fresh or stale otherwise. Valid until the next change.
  [[nodiscard]] StoredResponse* find(std::string_view url, const http::RequestHead& request);
  [[nodiscard]] Miss last_miss() const { return last_miss_; }
  // Replaces what `request` would have selected. Nothing where the store is full.
  bool store(std::string_view url, const http::RequestHead& request, StoredResponse response);

  // Both return how many variants were met; without a coding, all are meant.
  std::size_t purge(std::string_view url, std::optional<Coding> only);
  // Stale from now on, and served for `window` while it is fetched again.
  std::size_t purge_softly(std::string_view url, base::Tick now, base::Duration window);
  void clear();
  [[nodiscard]] std::size_t urls() const { return entries_.size(); }

 private:
  struct Entry {
    http::Vary vary;  // of the latest response, as RFC 9111 4.1 has it
    std::vector<StoredResponse> variants;
  };
  // Into selection_: no allocation on the way of a hit.
  void select(const http::Vary& vary, const http::RequestHead& request);

  std::unordered_map<std::string, Entry, TextHash, std::equal_to<>> entries_;
  std::string selection_;
  Miss last_miss_ = Miss::none;
  std::size_t capacity_bytes_;
  std::size_t held_bytes_ = 0;
};

}  // namespace cachewitness::lab
