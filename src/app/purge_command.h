// `cachewitness purge`: ask the CDN to invalidate, and write down what was asked and answered.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "app/options.h"
#include "app/ports.h"
#include "base/result.h"
#include "ports/control_plane.h"
#include "ports/synced_file.h"

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
};

// What a purge alone touches; made when it is needed.
struct PurgePorts {
  std::function<base::Result<std::unique_ptr<ports::ControlPlane>>()> control_plane;
  std::function<base::Result<std::unique_ptr<ports::SyncedFile>>(const std::string& path, bool is_new)> journal;
};

// 0 all was taken; 1 something was refused; 2 the command, the manifest or what the provider can do; 3 something is
// unknown or was not sent; 4 the journal could not be written; 130/143 interrupted, to be resumed.
int run_purge(const Ports& ports, const PurgePorts& purge_ports, const PurgeOptions& options);

}  // namespace cachewitness::app
