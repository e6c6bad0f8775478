// `cachewitness purge`: ask the CDN to invalidate, and write down what was asked and answered.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "app/options.h"
#include "app/ports.h"
#include "app/purge_ports.h"

namespace cachewitness::app {

struct PurgeOptions {
  CommonOptions common;
  std::vector<std::string> urls;
  std::vector<std::string> prefixes;
  std::vector<std::string> hosts;
  std::vector<std::string> tags;
  bool is_everything = false;
  bool is_confirmed = false;  // --yes
  bool is_soft = false;
  bool is_dry_run = false;
  bool is_resuming = false;
  std::string journal = "purge.jsonl";
  OriginGateOptions origin_gate;
  std::string baseline;
  bool is_verifying = false;  // --verify: then what follows counts
  OutputOptions outputs;
  std::uint16_t most_rounds = 2;
};

// 0 all was taken; 1 something was refused; 2 the command, the manifest or what the provider can do; 3 something is
// unknown or was not sent, the origin was not ready included; 4 the journal could not be written; 130/143 interrupted,
// to be resumed. With --verify: the gate's, once the purge was carried out.
int run_purge(const Ports& ports, const PurgePorts& purge_ports, const PurgeOptions& options);

}  // namespace cachewitness::app
