// ProviderFields: the fields of one response that the provider table reads, joined over their lines.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/head.h"
#include "http/provider_table.h"

namespace cachewitness::http {

class ProviderFields {
 public:
  explicit ProviderFields(const ResponseHead& head);
  ProviderFields(const ProviderFields&) = delete;
  ProviderFields& operator=(const ProviderFields&) = delete;
  ~ProviderFields() = default;

  [[nodiscard]] ProviderValues values() const { return values_; }

 private:
  std::vector<std::string> joined_;
  std::vector<std::optional<std::string_view>> values_;
};

}  // namespace cachewitness::http
