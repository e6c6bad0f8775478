// Features: what a build can do beyond the common. A manifest that asks for more is at fault, and told so by the caller
// that knows.
#pragma once

namespace cachewitness::manifest {

struct Features {
  bool has_http3 = false;
};

}  // namespace cachewitness::manifest
