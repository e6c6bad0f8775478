// Content: what the shop's pages say. A pure function of tenant, asset and release, so that every replica
// of one release agrees byte for byte, and every release differs from the one before.
// Made on first demand and kept, compressed form included.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "lab/catalogue.h"

namespace cachewitness::lab {

enum class Coding : std::uint8_t { identity, gzip };
[[nodiscard]] inline std::vector<Coding> all_codings() { return {Coding::identity, Coding::gzip}; }

// RFC 9110 3.2: one of the forms that a page can be sent in. Every form has its own strong validator.
struct Representation {
  std::string body;
  std::string etag;  // with its quotes
  std::string_view content_type;
};

class Content {
 public:
  explicit Content(const Catalogue& catalogue) : catalogue_(catalogue) {}

  // Stays valid until forget_before() drops the release.
  const Representation& representation(Subject subject, std::uint32_t release, Coding coding);
  void forget_before(std::uint32_t release);

 private:
  struct Key {
    Subject subject;
    std::uint32_t release;
    Coding coding;

    friend bool operator==(const Key&, const Key&) = default;
  };
  struct KeyHash {
    std::size_t operator()(const Key& key) const noexcept;
  };

  const Catalogue& catalogue_;
  std::unordered_map<Key, Representation, KeyHash> made_;
};

// By the suffix of the path, query aside: "text/javascript; charset=utf-8" for "/asset.js?v=2".
[[nodiscard]] std::string_view content_type_of(std::string_view asset);

// RFC 9110 12.5.3, as far as a server with one coding needs it: gzip is named (or "*") and not refused by q=0.
[[nodiscard]] Coding negotiated_coding(std::string_view accept_encoding);

}  // namespace cachewitness::lab
