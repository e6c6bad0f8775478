// Who is running: for tests that start real programs and claim that nothing of them is left.
#pragma once

#include <sys/types.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace cachewitness::testing {

// A zombie does not run: it only waits for its parent to take note.
inline bool is_running(pid_t pid) {
  std::ifstream status("/proc/" + std::to_string(pid) + "/stat");
  std::string line;
  std::getline(status, line);
  return !line.empty() && line.find(") Z") == std::string::npos && line.find(") X") == std::string::npos;
}

// Those whose environment has exactly this entry, "NAME=value". It goes wherever their descendants go.
inline std::vector<pid_t> running_with(const std::string& entry) {
  std::vector<pid_t> found;
  for (const auto& folder : std::filesystem::directory_iterator("/proc")) {
    const std::string name = folder.path().filename();
    if (name.find_first_not_of("0123456789") != std::string::npos) {
      continue;
    }
    std::ifstream file(folder.path() / "environ", std::ios::binary);
    const std::string text = '\0' + std::string(std::istreambuf_iterator<char>(file), {}) + '\0';
    if (text.find('\0' + entry + '\0') != std::string::npos && is_running(std::stoi(name))) {
      found.push_back(std::stoi(name));
    }
  }
  return found;
}

}  // namespace cachewitness::testing
