#include "verdict/expectations.h"

#include <algorithm>

#include "base/text.h"
#include "http/entity_tag.h"
#include "manifest/glob.h"

namespace cachewitness::verdict {

namespace {

std::string key_of(std::string_view asset, std::string_view tenant) {
  std::string key(asset);
  key += '\n';
  key += tenant;
  return key;
}

}  // namespace

Expectations::Expectations(const std::vector<manifest::Expectation>& list) : list_(list) {
  for (std::size_t i = 0; i < list.size(); ++i) {
    const manifest::Expectation& given = list[i];
    Expected expected;
    if (given.sha256) {
      const auto& bytes = given.sha256->bytes;
      expected.digest = Text({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
    }
    if (const auto core = http::core(given.etag); !core.empty()) {
      expected.etag_core = Text(core);
    }
    expected_.push_back(expected);
    index_[manifest::is_glob(given.tenant) ? given.asset : key_of(given.asset, given.tenant)].push_back(i);
  }
}

Expected Expectations::find(std::string_view tenant, std::string_view asset, std::string_view variant) const {
  std::size_t best = list_.size();
  for (const std::string& key : {std::string(asset), key_of(asset, tenant)}) {
    const auto bucket = index_.find(key);
    if (bucket == index_.end()) {
      continue;
    }
    const auto fit = std::ranges::find_if(bucket->second, [&](std::size_t i) {
      return base::matches_glob(list_[i].variant, variant) &&
             (list_[i].tenant == tenant || base::matches_glob(list_[i].tenant, tenant));
    });
    if (fit != bucket->second.end()) {
      best = std::min(best, *fit);
    }
  }
  return best == list_.size() ? Expected{} : expected_[best];
}

}  // namespace cachewitness::verdict
