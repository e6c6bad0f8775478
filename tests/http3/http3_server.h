// Real HTTP/3 servers on free ports of loopback, for one test each, with certificates made for it.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>
#include <vector>

#include "base/socket_address.h"

namespace cachewitness::testing {

// A directory of its own, gone with it: "ca.pem", "leaf.pem", "key.pem" (for "localhost"), "other.pem" (another
// authority), and "www" with what servers serve.
class ServerFiles {
 public:
  ServerFiles();
  ~ServerFiles();
  ServerFiles(const ServerFiles&) = delete;
  ServerFiles& operator=(const ServerFiles&) = delete;

  [[nodiscard]] std::string path(std::string_view name) const { return root_ + "/" + std::string(name); }
  void write(std::string_view name, std::string_view text) const;

 private:
  std::string root_;
};

// Free for UDP and for TCP, a moment ago.
[[nodiscard]] base::SocketAddress free_address();

// A child process, killed at the end.
class ServerProcess {
 public:
  explicit ServerProcess(std::vector<std::string> argv, const ServerFiles& files);
  ~ServerProcess() { kill(); }
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;

  void kill();
  // Asks it to end, and waits for it.
  void terminate();

 private:
  void end(int signal);

  pid_t pid_ = -1;
};

[[nodiscard]] std::vector<std::string> gtlsserver(const ServerFiles& files, const base::SocketAddress& at,
                                                  std::vector<std::string> options = {});
// Beside the files: /long-value, /many-fields, /empty (204).
[[nodiscard]] std::vector<std::string> caddy(const ServerFiles& files, const base::SocketAddress& at);

}  // namespace cachewitness::testing
