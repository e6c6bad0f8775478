// What an edge says about its cache in its vendor's own header, read through one table.
// A mark is a hint: verdicts rest on content and on Age.
#pragma once

#include <string>
#include <string_view>

#include "http/cache_mark.h"
#include "http/head.h"

namespace cachewitness::http {

struct VendorStatus {
  CacheMark mark = CacheMark::none;
  std::string_view header;  // as our table writes it; empty where no header says anything
  std::string text;         // the words that decided; peer bytes
};

// The most telling header of the response. Where a header names several layers, the one nearest to us.
[[nodiscard]] VendorStatus read_vendor_status(const ResponseHead& head);

}  // namespace cachewitness::http
