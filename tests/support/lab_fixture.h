// What the lab's tests share: a small lab in virtual time and a visitor.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>

#include "lab/lab.h"
#include "support/memory_network.h"
#include "support/visitor.h"

namespace cachewitness::lab {

class LabFixture : public ::testing::Test {
 protected:
  static constexpr std::string_view host = "cdn-us-west.example.com";
  static constexpr std::string_view page = "/tenant-xyz/asset.js";
  static constexpr std::string_view gzip = "Accept-Encoding: gzip\r\n";

  static LabSettings settings() {
    LabSettings settings;
    settings.regions = region_names(1);
    settings.edges_per_region = 2;
    settings.tenants = tenant_names(4);
    settings.anchor = {base::Instant{1'700'000'000'000'000'000}, base::Tick{0}};
    return settings;
  }

  LabFixture() : LabFixture(settings()) {}
  explicit LabFixture(LabSettings settings) : visitor_(network_) {
    auto started = Lab::start(network_, std::move(settings));
    EXPECT_TRUE(started.has_value());
    lab_ = std::move(*started);
  }

  testing::Sight get(std::string_view head_lines = "", std::string_view target = page) {
    return visitor_.ask(edge(), "GET", host, target, head_lines);
  }
  testing::Sight purge(std::string_view head_lines = "", std::string_view target = page) {
    return visitor_.ask(edge(), "PURGE", host, target, head_lines);
  }
  void warm() {
    get();
    get(gzip);
  }
  void deploy(std::uint32_t release) { ASSERT_TRUE(lab_->deploy(release).has_value()); }
  PlantedFault plant(FaultKind kind, std::string_view server = "us-west-1", std::string_view tenant = "tenant-xyz") {
    const auto planted = lab_->plant({kind, std::string(server), std::string(tenant)});
    EXPECT_TRUE(planted.has_value());
    return planted.value_or(PlantedFault{});
  }
  [[nodiscard]] base::SocketAddress edge(std::size_t number = 0) const {
    return lab_->directory().edges[number].address;
  }
  [[nodiscard]] std::uint64_t origin_requests() const {
    std::uint64_t sum = 0;
    for (const auto& replica : lab_->replicas()) {
      sum += replica->requests();
    }
    return sum;
  }
  // The release that the body was made of.
  static std::string release_of(const testing::Sight& sight) {
    const std::size_t at = sight.body.find("release ");
    return at == std::string::npos ? std::string() : sight.body.substr(at + 8, sight.body.find(' ', at + 8) - at - 8);
  }

  testing::MemoryNetwork network_;
  testing::Visitor visitor_;
  std::unique_ptr<Lab> lab_;
};

}  // namespace cachewitness::lab
