// BodyMask: takes out of a body what differs from answer to answer by design, before it is hashed. Patterns are RE2's,
// whose time is linear in the body, whatever a peer sends. Any thread may use it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "manifest/policy.h"

namespace cachewitness::probe {

class BodyMask {
 public:
  // Requires: the patterns read as RE2; manifests are checked for that.
  explicit BodyMask(const std::vector<manifest::BodyMask>& masks);
  ~BodyMask();
  BodyMask(const BodyMask&) = delete;
  BodyMask& operator=(const BodyMask&) = delete;

  // One mask after the other, each on what the one before has left. Returns how many bytes were taken out.
  std::uint64_t apply(std::string& body) const;

 private:
  class Rule;
  std::vector<std::unique_ptr<const Rule>> rules_;
};

}  // namespace cachewitness::probe
