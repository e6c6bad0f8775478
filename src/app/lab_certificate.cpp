#include "app/lab_certificate.h"

#include <utility>

#include "adapters/self_signed.h"

namespace cachewitness::app {

base::Result<LabCertificate> make_lab_certificate(base::Instant now) {
  const adapters::Validity validity{now - std::chrono::minutes(1), now + std::chrono::hours(24)};
  auto authority = adapters::make_authority("cachewitness lab", validity);
  if (!authority) {
    return std::unexpected(std::move(authority).error());
  }
  auto leaf = adapters::make_leaf(*authority, {"*.example.com"}, validity);
  if (!leaf) {
    return std::unexpected(std::move(leaf).error());
  }
  return LabCertificate{{std::move(leaf->certificate_pem), std::move(leaf->private_key_pem)},
                        std::move(authority->certificate_pem)};
}

}  // namespace cachewitness::app
