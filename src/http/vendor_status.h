// What an edge says about its cache in its vendor's own header, read through one table.
// A mark is a hint: verdicts rest on content and on Age.
#pragma once

#include <cstddef>
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

// The headers that are read, by rank: the one that speaks for the node nearest to us first, names in lower case.
[[nodiscard]] std::size_t vendor_headers();
// Requires: rank < vendor_headers().
[[nodiscard]] std::string_view vendor_header(std::size_t rank);

struct VendorReading {
  CacheMark mark = CacheMark::none;
  std::string_view text;  // the words that decided; points into the value
};
// `value` is the field joined over its lines. No mark where it says nothing.
[[nodiscard]] VendorReading read_vendor_header(std::size_t rank, std::string_view value);

// The most telling header of the response. Where a header names several layers, the one nearest to us.
[[nodiscard]] VendorStatus read_vendor_status(const ResponseHead& head);

}  // namespace cachewitness::http
