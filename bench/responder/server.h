// Server: the responder's one thread. Edge-triggered epoll over connections that each carry a Protocol, as many
// answers in one send as requests came in one receive, and a wheel for answers that are to come later.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "canned_answer.h"

namespace cachewitness::bench {

struct ServerOptions {
  std::vector<std::string> addresses{"127.0.0.1"};
  std::uint16_t port = 0;  // 0 = any that is free at all addresses
  AnswerShape shape;
  std::int64_t delay_ms_min = 0;  // 0 = at once
  std::int64_t delay_ms_max = 0;
  std::string certificate_file;  // PEM; empty = without TLS
  std::string key_file;
};

// Serves until SIGTERM or SIGINT. Prints "port N" when it listens; and what it has done so far, as JSON, on SIGUSR1 and
// at the end. Returns the exit code of the process.
int serve(const ServerOptions& options);

}  // namespace cachewitness::bench
