#include "http3/http3_server.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <chrono>
#include <filesystem>
#include <fstream>

#include <fmt/format.h>

#include "adapters/native_address.h"
#include "adapters/self_signed.h"
#include "adapters/unique_fd.h"

namespace cachewitness::testing {

namespace {

adapters::Validity one_day_around_now() {
  const base::Instant now{
      std::chrono::duration_cast<base::Duration>(std::chrono::system_clock::now().time_since_epoch()).count()};
  return {now - std::chrono::hours(24), now + std::chrono::hours(24)};
}

bool bind_to(int type, base::SocketAddress& address, adapters::UniqueFd& fd) {
  fd.reset(::socket(AF_INET, type | SOCK_CLOEXEC, 0));
  const adapters::NativeAddress native = adapters::to_native(address);
  if (::bind(fd.get(), native.get(), native.size) != 0) {
    return false;
  }
  address = adapters::local_address(fd.get());
  return true;
}

}  // namespace

ServerFiles::ServerFiles() {
  std::string name = ::testing::TempDir() + "cachewitness-http3-XXXXXX";
  root_ = ::mkdtemp(name.data());
  std::filesystem::create_directory(path("www"));
  const auto authority = adapters::make_authority("Test Authority", one_day_around_now());
  const auto other = adapters::make_authority("Another Authority", one_day_around_now());
  const auto leaf = adapters::make_leaf(*authority, {"localhost", "also.example"}, one_day_around_now());
  write("ca.pem", authority->certificate_pem);
  write("other.pem", other->certificate_pem);
  write("leaf.pem", leaf->certificate_pem);
  write("key.pem", leaf->private_key_pem);
}

ServerFiles::~ServerFiles() { std::filesystem::remove_all(root_); }

void ServerFiles::write(std::string_view name, std::string_view text) const {
  std::ofstream(path(name), std::ios::binary) << text;
}

base::SocketAddress free_address() {
  while (true) {
    base::SocketAddress address = *base::parse_ip("127.0.0.1", 0);
    adapters::UniqueFd udp;
    adapters::UniqueFd tcp;
    if (bind_to(SOCK_DGRAM, address, udp) && bind_to(SOCK_STREAM, address, tcp)) {
      return address;
    }
  }
}

ServerProcess::ServerProcess(std::vector<std::string> argv, const ServerFiles& files) {
  std::vector<char*> arguments;
  for (std::string& argument : argv) {
    arguments.push_back(argument.data());
  }
  arguments.push_back(nullptr);
  std::string home = "HOME=" + files.path("");
  std::string path = "PATH=/usr/sbin:/usr/bin:/sbin:/bin";
  std::vector<char*> environment{home.data(), path.data(), nullptr};
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_addopen(&actions, 1, files.path("log").c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  ::posix_spawn_file_actions_adddup2(&actions, 1, 2);
  EXPECT_EQ(::posix_spawnp(&pid_, arguments[0], &actions, nullptr, arguments.data(), environment.data()), 0);
  ::posix_spawn_file_actions_destroy(&actions);
}

void ServerProcess::kill() { end(SIGKILL); }
void ServerProcess::terminate() { end(SIGTERM); }

void ServerProcess::end(int signal) {
  if (pid_ > 0) {
    ::kill(pid_, signal);
    ::waitpid(pid_, nullptr, 0);
    pid_ = -1;
  }
}

std::vector<std::string> gtlsserver(const ServerFiles& files, const base::SocketAddress& at,
                                    std::vector<std::string> options) {
  std::vector<std::string> argv{"gtlsserver", "-q", "-d", files.path("www")};
  argv.insert(argv.end(), options.begin(), options.end());
  argv.insert(argv.end(), {at.ip_text(), std::to_string(at.port), files.path("key.pem"), files.path("leaf.pem")});
  return argv;
}

std::vector<std::string> caddy(const ServerFiles& files, const base::SocketAddress& at) {
  std::string many;
  for (int i = 0; i < 300; ++i) {
    many += fmt::format("    header X-Field-{} \"{}\"\n", i, i);
  }
  files.write("Caddyfile", fmt::format("{{\n  admin off\n  auto_https off\n}}\n"
                                       "https://localhost:{0} {{\n  bind {1}\n  tls {2} {3}\n  root * {4}\n"
                                       "  handle /long-value {{\n    header X-Long \"{5}\"\n    respond \"x\"\n  }}\n"
                                       "  handle /many-fields {{\n{6}    respond \"x\"\n  }}\n"
                                       "  handle /empty {{\n    respond 204\n  }}\n"
                                       "  handle {{\n    file_server\n  }}\n}}\n",
                                       at.port, at.ip_text(), files.path("leaf.pem"), files.path("key.pem"),
                                       files.path("www"), std::string(20'000, 'v'), many));
  return {"caddy", "run", "--config", files.path("Caddyfile"), "--adapter", "caddyfile"};
}

}  // namespace cachewitness::testing
