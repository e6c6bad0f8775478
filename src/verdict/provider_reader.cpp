#include "verdict/provider_reader.h"

#include <algorithm>

#include "base/fnv1a.h"
#include "http/provider_table.h"

namespace cachewitness::verdict {

namespace {

// 40 are left: two of a hundred answers about one asset are alike by chance once in 200 million assets.
constexpr unsigned unneeded_bits = 24;

}  // namespace

ProviderReader::ProviderReader(FieldNames& names, Uses uses) : uses_(uses) {
  const auto fields = http::provider_fields();
  for (std::size_t i = 0; i < fields.size(); ++i) {
    names_.push_back(names.add(fields[i], uses_of(static_cast<http::FieldNumber>(i))));
  }
  values_.resize(fields.size());
}

// What is read anew where the value of the field has changed. Where a field is there at all is known by the shape of
// the head, of which every change means all uses.
FieldNames::Uses ProviderReader::uses_of(http::FieldNumber field) const {
  FieldNames::Uses uses = 0;
  for (const http::ProviderRow& row : http::provider_rows()) {
    if (std::ranges::any_of(row.signs, [field](const http::ProviderSign& sign) {
          return sign.field == field && sign.match != http::ProviderSign::Match::present;
        })) {
      uses |= uses_.provider;
    }
    if (std::ranges::any_of(row.status, [field](const http::StatusField& status) {
          return status.field == field || status.lookup == field;
        })) {
      uses |= uses_.words;
    }
    if (std::ranges::any_of(row.identity, [field](const http::IdentityField& one) { return one.field == field; })) {
      uses |= uses_.identity;
    }
    if (row.exchange == field) {
      uses |= uses_.exchange;
    }
  }
  return uses;
}

void ProviderReader::read(const HeadReader& head, FieldNames::Uses changed, State& state) {
  for (std::size_t i = 0; i < names_.size(); ++i) {
    values_[i] = head.value(names_[i]);
  }
  if ((changed & uses_.provider) != 0) {
    state.detected = http::detect_provider(values_).provider;
  }
  if ((changed & (uses_.identity | uses_.provider)) != 0) {
    state.identity = http::read_node_identity(values_, state.provider());
  }
  if ((changed & uses_.exchange) != 0) {
    state.exchange = exchange_of(state.declared);
  }
}

std::uint64_t ProviderReader::exchange_of(http::Provider declared) const {
  const http::FieldNumber field =
      declared == http::Provider::unknown ? http::no_field : http::row_of(declared).exchange;
  if (field == http::no_field || !values_[field]) {
    return 0;
  }
  return base::fnv1a(*values_[field]) >> unneeded_bits;
}

http::VendorReading ProviderReader::words(const State& state) const {
  const bool is_declared = state.declared != http::Provider::unknown;
  return http::read_vendor_status(values_, is_declared ? state.declared : http::telling_provider(state.detected));
}

}  // namespace cachewitness::verdict
