// `demo`: the newcomer's first minute. A CDN of its own on loopback, armed, deployed, purged, and verified by
// real probes; three tenants were missed at one edge, and the verdict has to say so.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "app/lab_thread.h"
#include "app/options.h"
#include "app/ports.h"

namespace cachewitness::app {

struct DemoOptions {
  CommonOptions common;
  std::string program = "cachewitness";  // as it was called, for the commands that the demo proposes
  std::string directory;                 // empty = a new one below $TMPDIR
  std::size_t tenants = 847;
  std::size_t regions = 4;
  std::size_t edges_per_region = 3;
  std::uint64_t seed = 847;
};

// 0 where the verdicts tell exactly what was planted, whatever the planted gate says. `make_network` gives
// the lab's thread a network of its own.
int run_demo(const Ports& ports, const DemoOptions& options, const LabThread::NetworkFactory& make_network);

}  // namespace cachewitness::app
