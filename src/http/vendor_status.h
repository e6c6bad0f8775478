// What an edge says about its cache in its vendor's own words, read by the provider table.
// A mark is a hint: verdicts rest on content and on Age.
#pragma once

#include <string>
#include <string_view>

#include "http/cache_mark.h"
#include "http/head.h"
#include "http/provider.h"
#include "http/provider_table.h"

namespace cachewitness::http {

struct VendorReading {
  CacheMark mark = CacheMark::none;
  FieldNumber field = no_field;  // that decided
  std::string_view text;         // the words that decided; points into the value
};
// Of the provider's own fields the first that says something; where nothing is known of the provider, or they are
// silent, the first of status_fields(). Where a field names several layers, the one nearest to us. No mark where
// nothing says anything.
[[nodiscard]] VendorReading read_vendor_status(ProviderValues values, Provider provider);

// A hit in this field's words is of something fresh: the provider has other words for what is stale.
[[nodiscard]] bool tells_stale_apart(Provider provider, FieldNumber field);

struct VendorStatus {
  Provider provider = Provider::unknown;  // as detected
  CacheMark mark = CacheMark::none;
  std::string_view header;  // as the table writes it; empty where no field says anything
  std::string text;         // the words that decided; peer bytes
};
[[nodiscard]] VendorStatus read_vendor_status(const ResponseHead& head);

// Whose fields to read first, where only the response tells who answers: a CDN's. Of software, several in a row often
// answer together and pass on each other's fields, so there rank tells more than a name.
[[nodiscard]] Provider telling_provider(Provider detected);

}  // namespace cachewitness::http
