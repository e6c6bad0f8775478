#include "verdict/expectations.h"

#include <algorithm>
#include <tuple>

#include "base/assert.h"
#include "base/text.h"
#include "http/entity_tag.h"
#include "manifest/glob.h"

namespace cachewitness::verdict {

namespace {

using Key = std::tuple<std::string_view, std::string_view>;  // asset, tenant

Expected expected_of(const manifest::Expectation& given) {
  Expected expected;
  if (given.sha256) {
    const auto& bytes = given.sha256->bytes;
    expected.digest = Text({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  }
  if (const auto core = http::core(given.etag); !core.empty()) {
    expected.etag_core = Text(core);
  }
  return expected;
}

}  // namespace

Expectations::Expectations(const std::vector<manifest::Expectation>& list) : list_(list) {
  CW_ASSERT(list.size() < 0xFFFFFFFFU);
  for (std::uint32_t i = 0; i < list.size(); ++i) {
    (manifest::is_glob(list[i].tenant) ? globs_ : plain_).push_back(i);
  }
  const auto by_asset_and_tenant = [this](std::uint32_t i) { return Key(list_[i].asset, list_[i].tenant); };
  const auto by_asset = [this](std::uint32_t i) { return std::string_view(list_[i].asset); };
  std::ranges::stable_sort(plain_, {}, by_asset_and_tenant);
  std::ranges::stable_sort(globs_, {}, by_asset);
}

Expected Expectations::find(std::string_view tenant, std::string_view asset, std::string_view variant) const {
  const auto by_asset_and_tenant = [this](std::uint32_t i) { return Key(list_[i].asset, list_[i].tenant); };
  const auto by_asset = [this](std::uint32_t i) { return std::string_view(list_[i].asset); };
  const auto is_fit = [&](std::uint32_t i) {
    return base::matches_glob(list_[i].variant, variant) &&
           (list_[i].tenant == tenant || base::matches_glob(list_[i].tenant, tenant));
  };
  std::size_t best = list_.size();
  for (const auto& candidates : {std::ranges::equal_range(plain_, Key(asset, tenant), {}, by_asset_and_tenant),
                                 std::ranges::equal_range(globs_, asset, {}, by_asset)}) {
    const auto fit = std::ranges::find_if(candidates, is_fit);
    if (fit != candidates.end()) {
      best = std::min<std::size_t>(best, *fit);
    }
  }
  return best == list_.size() ? Expected{} : expected_of(list_[best]);
}

}  // namespace cachewitness::verdict
