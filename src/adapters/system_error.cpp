#include "adapters/system_error.h"

#include <sys/resource.h>

#include <cerrno>
#include <cstring>

#include <fmt/format.h>

namespace cachewitness::adapters {

namespace {

std::string descriptor_limit_text() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) {
    return "no file descriptor left; lower limits.concurrency or raise `ulimit -n`";
  }
  return fmt::format("no file descriptor left: the limit is {}; lower limits.concurrency or raise `ulimit -n`",
                     limit.rlim_cur);
}

}  // namespace

std::string system_error_text(int error) {
  const char* const text = ::strerrordesc_np(error);
  return text != nullptr ? std::string(text) : fmt::format("system error {}", error);
}

bool is_without_way(int error) {
  return error == ENETUNREACH || error == EHOSTUNREACH || error == ENETDOWN || error == EAFNOSUPPORT;
}

base::Failure stream_failure(base::Stage stage, int error) {
  using base::FailureCause;
  switch (error) {
    case EMFILE:
      return {stage, FailureCause::cancelled, descriptor_limit_text()};
    case ENFILE:
      return {stage, FailureCause::cancelled, "the system's table of open files is full (fs.file-max)"};
    case EADDRNOTAVAIL:
      return {stage, FailureCause::cancelled,
              "no free local port towards this address; lower limits.concurrency or widen "
              "net.ipv4.ip_local_port_range"};
    case ENOBUFS:
    case ENOMEM:
    case ENOSPC:  // epoll: fs.epoll.max_user_watches
      return {stage, FailureCause::cancelled, "the system is out of memory for sockets: " + system_error_text(error)};
    case ECONNREFUSED:
      return {stage, FailureCause::refused, system_error_text(error)};
    case ETIMEDOUT:
      return {stage, FailureCause::timeout, system_error_text(error)};
    case ECONNRESET:
    case ECONNABORTED:
    case EPIPE:
      return {stage, FailureCause::reset, system_error_text(error)};
    default:
      // EHOSTUNREACH, ENETUNREACH, ENETDOWN, EACCES and EPERM (a local firewall), EAFNOSUPPORT (no IPv6).
      // Once bytes have flowed, the same numbers tell of a path that was cut.
      const bool was_open = stage != base::Stage::connect;
      const bool is_path = error == EHOSTUNREACH || error == ENETUNREACH || error == ENETDOWN;
      return {stage, was_open && !is_path ? FailureCause::reset : FailureCause::unreachable, system_error_text(error)};
  }
}

base::Failure source_failure(const base::SocketAddress& source, const base::SocketAddress& to, int error) {
  const std::string why = error == EADDRNOTAVAIL ? "this machine has no such address; `ip address` lists its own"
                                                 : system_error_text(error);
  return {base::Stage::connect, base::FailureCause::unreachable,
          fmt::format("cannot connect from {} to {}: {}", source.ip_text(), to.text(), why)};
}

}  // namespace cachewitness::adapters
