// ProviderReader: what the table of providers says of one head after the other, read anew only where a field of the
// table has changed.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "http/node_identity.h"
#include "http/provider.h"
#include "http/vendor_status.h"
#include "verdict/head_reader.h"

namespace cachewitness::verdict {

class ProviderReader {
 public:
  // The bits that FieldNames knows the uses of the table's fields by.
  struct Uses {
    FieldNames::Uses words;
    FieldNames::Uses provider;
    FieldNames::Uses identity;
    FieldNames::Uses exchange;

    [[nodiscard]] FieldNames::Uses any() const { return words | provider | identity | exchange; }
  };
  // Of one edge or replica: what its last head was read as.
  struct State {
    http::Provider declared = http::Provider::unknown;  // by the manifest
    http::Provider detected = http::Provider::unknown;
    http::NodeIdentity identity;
    // FNV-1a of what the declared provider writes into every exchange anew, a few bits left out; 0 = nothing. Of a
    // provider that was only detected it may be stored along with the object, by a cache in front of that provider.
    std::uint64_t exchange = 0;

    [[nodiscard]] http::Provider provider() const { return declared == http::Provider::unknown ? detected : declared; }
  };

  // Adds the table's fields to `names`.
  ProviderReader(FieldNames& names, Uses uses);

  // Requires: some of the uses have changed. What the texts of words() point into is `head`.
  void read(const HeadReader& head, FieldNames::Uses changed, State& state);
  // Requires: read() was called for this state last.
  [[nodiscard]] http::VendorReading words(const State& state) const;

 private:
  [[nodiscard]] FieldNames::Uses uses_of(http::FieldNumber field) const;
  [[nodiscard]] std::uint64_t exchange_of(http::Provider declared) const;

  Uses uses_;
  std::vector<std::size_t> names_;  // numbers in FieldNames, by http::FieldNumber
  std::vector<std::optional<std::string_view>> values_;
};

}  // namespace cachewitness::verdict
