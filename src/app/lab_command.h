// `lab`: a multi-region CDN on loopback that runs until it is told to stop, with a manifest that describes it
// and faults to inject: where one learns what a stale edge looks like, and tries a pipeline's gate.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "lab/lab.h"
#include "ports/clock.h"
#include "ports/files.h"
#include "ports/network.h"

namespace cachewitness::app {

struct LabOptions {
  std::size_t regions = 4;
  std::size_t edges_per_region = 3;
  std::size_t tenants = 847;
  std::size_t replicas = 2;
  std::vector<std::string> assets{"/asset.js"};
  std::string faults;           // "kind[@server[/tenant]],..."; what is left out, the seed chooses
  std::uint64_t seed = 1;       // the same seed, the same faults
  std::uint16_t port_base = 0;  // first of consecutive ports: control, replicas, edges; 0 = any free ones
  std::string directory = ".";  // gets cachewitness.yaml and tenants.csv
  bool is_tls = false;          // at the edges, with a certificate of the lab's own authority
};

// What the edges show when they speak TLS: made by the caller, new for every run.
struct LabCertificate {
  ports::TlsServer server;
  std::string authority_pem;  // what a client has to trust; written to DIRECTORY/lab-ca.pem
};

// What the lab needs of the world. Borrowed for the call.
struct LabSurroundings {
  ports::Network& network;
  ports::Files& files;
  const ports::Clock& clock;
  const LabCertificate* certificate = nullptr;  // null on plain TCP
  std::function<void(std::string_view)> print;  // to standard output
  std::function<bool()> is_over;                // asked several times a second
};

// Runs until `is_over`. An Error where it could not start: ports taken, files not writable, unknown names, or
// a manifest in the way that the lab did not write.
[[nodiscard]] base::Result<void> run_lab(const LabOptions& options, const LabSurroundings& surroundings);

// What a newcomer reads: what runs, what was planted, and what to type next.
[[nodiscard]] std::string lab_greeting(const lab::Lab& lab, const LabOptions& options);

}  // namespace cachewitness::app
