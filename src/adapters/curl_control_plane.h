// CurlControlPlane: ports::ControlPlane by libcurl. Redirects are not followed: a purge and its credentials go where
// the manifest says. HTTP and HTTPS alone; certificates are always verified.
#pragma once

#include <map>
#include <memory>

#include "base/result.h"
#include "ports/control_plane.h"

namespace cachewitness::adapters {

class CurlControlPlane final : public ports::ControlPlane {
 public:
  static base::Result<std::unique_ptr<CurlControlPlane>> make();
  ~CurlControlPlane() override;
  CurlControlPlane(const CurlControlPlane&) = delete;
  CurlControlPlane& operator=(const CurlControlPlane&) = delete;

  void start(std::uint64_t id, const ports::ControlRequest& request) override;
  std::vector<ports::ControlAnswer> wait(base::Duration limit) override;

 private:
  struct Transfer;
  explicit CurlControlPlane(void* multi);
  void collect(std::vector<ports::ControlAnswer>& out);

  void* multi_;
  std::map<void*, std::unique_ptr<Transfer>> transfers_;
};

}  // namespace cachewitness::adapters
