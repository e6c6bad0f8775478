// The machine's own floor of one unpipelined exchange: the client's send and receive over TCP on loopback, both ends
// in one thread so that nothing waits, and only the client's calls counted. Prints microseconds of the processor an
// exchange.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>
#include <string>
#include <vector>

#include <fmt/format.h>

namespace {

constexpr std::size_t pairs = 64;
constexpr int rounds = 5;
constexpr int exchanges = 200;  // of each pair in a round
constexpr std::size_t request_bytes = 128;
constexpr std::size_t answer_bytes = 443;

struct Pair {
  int client = -1;
  int server = -1;
};

struct Cost {
  double send = 0;
  double receive = 0;
};

double cpu_us() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e6 + static_cast<double>(now.tv_nsec) / 1e3;
}

std::vector<Pair> connect_pairs() {
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof at;
  auto* address = reinterpret_cast<sockaddr*>(&at);
  std::vector<Pair> made;
  if (bind(listener, address, size) == 0 && listen(listener, 1) == 0 && getsockname(listener, address, &size) == 0) {
    const int on = 1;
    for (std::size_t i = 0; i < pairs; ++i) {
      Pair pair{socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), -1};
      if (connect(pair.client, address, size) != 0) {
        break;
      }
      pair.server = accept(listener, nullptr, nullptr);
      setsockopt(pair.client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      setsockopt(pair.server, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      made.push_back(pair);
    }
  }
  close(listener);
  return made;
}

// All pairs together, call by call, so that the cost of reading the clock is spread over 64 calls.
Cost measure(const std::vector<Pair>& connected) {
  const std::string request(request_bytes, 'r');
  const std::string answer(answer_bytes, 'a');
  std::array<char, 4096> buffer{};
  Cost cost;
  for (int i = 0; i < exchanges; ++i) {
    bool is_whole = true;
    const double start = cpu_us();
    for (const Pair& pair : connected) {
      is_whole &= send(pair.client, request.data(), request.size(), 0) == static_cast<ssize_t>(request.size());
    }
    cost.send += cpu_us() - start;
    for (const Pair& pair : connected) {
      is_whole &= recv(pair.server, buffer.data(), buffer.size(), 0) == static_cast<ssize_t>(request.size());
      is_whole &= send(pair.server, answer.data(), answer.size(), 0) == static_cast<ssize_t>(answer.size());
    }
    const double answered = cpu_us();
    for (const Pair& pair : connected) {
      is_whole &= recv(pair.client, buffer.data(), buffer.size(), 0) == static_cast<ssize_t>(answer.size());
    }
    cost.receive += cpu_us() - answered;
    if (!is_whole) {
      return {-1, -1};
    }
  }
  const double count = static_cast<double>(connected.size()) * exchanges;
  return {cost.send / count, cost.receive / count};
}

}  // namespace

int main() {
  const std::vector<Pair> connected = connect_pairs();
  std::vector<Cost> costs;
  for (int i = 0; i < rounds && connected.size() == pairs; ++i) {
    costs.push_back(measure(connected));
  }
  std::sort(costs.begin(), costs.end(),
            [](const Cost& a, const Cost& b) { return a.send + a.receive < b.send + b.receive; });
  if (costs.empty() || costs.front().send < 0) {
    fmt::print(stderr, "floor: loopback did not carry what was sent\n");
    return 1;
  }
  const Cost& median = costs[costs.size() / 2];
  fmt::print(R"({{"exchanges":{},"send_us":{:.3f},"receive_us":{:.3f},"exchange_us":{:.3f}}})"
             "\n",
             pairs * exchanges * rounds, median.send, median.receive, median.send + median.receive);
}
