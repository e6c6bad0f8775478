#include "http/provider_fields.h"

namespace cachewitness::http {

ProviderFields::ProviderFields(const ResponseHead& head)
    : joined_(provider_fields().size()), values_(provider_fields().size()) {
  for (std::size_t i = 0; i < joined_.size(); ++i) {
    if (head.join(provider_fields()[i], joined_[i]) > 0) {
      values_[i] = joined_[i];
    }
  }
}

}  // namespace cachewitness::http
