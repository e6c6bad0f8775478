#include "app/tls_session_file.h"

#include <algorithm>

#include <fmt/format.h>

#include "app/private_file.h"
#include "base/result.h"
#include "base/text.h"

namespace cachewitness::app {

namespace {

// More than is ever written.
constexpr std::size_t max_file_bytes = std::size_t{40} << 20;

// The XDG Base Directory Specification has relative paths ignored.
std::string cache_folder(const ports::Environment& environment) {
  const auto cache = environment.variable("XDG_CACHE_HOME");
  if (cache && cache->starts_with('/')) {
    return *cache + "/cachewitness";
  }
  const auto home = environment.variable("HOME");
  return home && home->starts_with('/') ? *home + "/.cache/cachewitness" : std::string();
}

void note(const Ports& ports, bool is_verbose, const std::string& text) {
  if (is_verbose) {
    ports.console.err(fmt::format("cachewitness: note: {}\n", text));
  }
}

}  // namespace

std::string tls_session_path(const ports::Environment& environment) {
  const std::string folder = cache_folder(environment);
  return folder.empty() ? folder : folder + "/tls-sessions.zst";
}

void load_tls_sessions(const Ports& ports, const Networks& networks, bool is_verbose) {
  const std::string path = tls_session_path(ports.environment);
  if (path.empty() || !ports.files.exists(path)) {
    return;
  }
  const auto state = ports.files.read_private(path, max_file_bytes);
  if (!state) {
    note(ports, is_verbose, fmt::format("no TLS sessions of earlier runs: {}", state.error().message));
  } else if (!std::ranges::all_of(networks, [&state](auto* network) { return network->import_sessions(*state); })) {
    note(ports, is_verbose,
         fmt::format("no TLS sessions of earlier runs: \"{}\" is broken, or another version's", base::printable(path)));
  }
}

void save_tls_sessions(const Ports& ports, const Networks& networks, bool is_verbose) {
  const std::string path = tls_session_path(ports.environment);
  if (path.empty() || networks.empty()) {
    return;
  }
  for (auto other = networks.begin() + 1; other != networks.end(); ++other) {
    networks.front()->import_sessions((*other)->export_sessions());
  }
  const std::string state = networks.front()->export_sessions();
  if (state.empty()) {
    return;
  }
  auto saved = ports.files.make_folder(cache_folder(ports.environment));
  if (saved) {
    saved = write_private(ports.files, path, state);
  }
  if (!saved) {
    note(ports, is_verbose, fmt::format("TLS sessions are not kept for later runs: {}", saved.error().message));
  }
}

}  // namespace cachewitness::app
