#include "app/private_file.h"

namespace cachewitness::app {

base::Result<void> write_private(ports::Files& files, const std::string& path, std::string_view text) {
  auto file = files.replace_private(path);
  if (!file) {
    return std::unexpected(std::move(file).error());
  }
  if (auto written = (*file)->write(text); !written) {
    return written;
  }
  return (*file)->close();
}

// The XDG Base Directory Specification has relative paths ignored.
std::string state_folder(const ports::Environment& environment) {
  const auto state = environment.variable("XDG_STATE_HOME");
  if (state && state->starts_with('/')) {
    return *state + "/cachewitness";
  }
  const auto home = environment.variable("HOME");
  return home && home->starts_with('/') ? *home + "/.local/state/cachewitness"
                                        : environment.working_directory() + "/.cachewitness";
}

}  // namespace cachewitness::app
