// CompletionRing: receives and sends of many sockets for one system call a turn, by io_uring. For one thread, the one
// that made it. What is sent leaves with the next turn() or submit().
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "adapters/unique_fd.h"
#include "base/time.h"

struct io_uring;
struct io_uring_buf_ring;
struct io_uring_cqe;
struct io_uring_sqe;

namespace cachewitness::adapters {

// Called from within deliver() alone. A call may release the very socket that it was made for.
class CompletionEvents {
 public:
  virtual void on_received(std::string_view bytes) = 0;
  // Nothing more is received: 0 where the peer finished in order, else errno.
  virtual void on_receive_end(int error) = 0;
  // The kernel has taken what send() was given: 0, else errno.
  virtual void on_sent(int error) = 0;

 protected:
  ~CompletionEvents() = default;
};

enum class RingSocket : std::uint32_t { none = 0xFFFFFFFF };

class CompletionRing {
 public:
  // `readable`, an epoll descriptor say, ends a wait when it has something to read. Null where there is no io_uring
  // with what is needed of it: kernels before 6.1, containers that forbid it, CACHEWITNESS_IO_URING=never.
  static std::unique_ptr<CompletionRing> make(int readable);
  CompletionRing(const CompletionRing&) = delete;
  CompletionRing& operator=(const CompletionRing&) = delete;
  // Requires: every socket was released.
  ~CompletionRing();

  // Receives on a connected socket from now on.
  RingSocket adopt(int fd, CompletionEvents& events);
  // Requires: what was sent before is told as sent.
  void send(RingSocket socket, std::string_view bytes);
  // Nobody is told of the socket any more. `fd` is closed once what was sent on it has left.
  void release(RingSocket socket, UniqueFd fd);

  void submit();
  // Submits, then waits until `limit` at most for something to deliver or to read.
  void wait(base::Tick limit);
  // Tells what has come, a bounded number of completions.
  void deliver();
  // Whether `readable` has had something to read since the last call.
  [[nodiscard]] bool take_readable() { return std::exchange(is_readable_, false); }

 private:
  struct RingFree {
    void operator()(io_uring* ring) const;
  };
  struct Socket {
    CompletionEvents* events = nullptr;
    int fd = -1;
    bool is_used = false;
    bool is_receiving = false;
    bool is_sending = false;
    std::string out;       // the kernel's until it is sent
    std::size_t sent = 0;  // so much of it is
  };

  CompletionRing() = default;
  bool open(int readable);
  io_uring_sqe* entry();
  void receive(std::uint32_t index);
  void send_rest(std::uint32_t index);
  void watch_readable();
  void give_buffer(std::uint16_t buffer);
  void take(std::uint64_t about, int result, std::uint32_t flags);
  void take_received(std::uint32_t index, int result, std::uint32_t flags);
  void take_sent(std::uint32_t index, int result);
  void close_released();
  void reuse(std::uint32_t index);

  std::unique_ptr<io_uring, RingFree> ring_;
  std::unique_ptr<char[]> memory_;  // of the buffers that bytes are received into
  std::unique_ptr<char[]> buffer_ring_memory_;
  io_uring_buf_ring* buffers_ = nullptr;
  int readable_ = -1;
  bool is_readable_ = false;
  std::vector<std::unique_ptr<Socket>> sockets_;  // where the kernel reads from does not move
  std::vector<std::uint32_t> free_sockets_;
  std::vector<UniqueFd> released_;  // to be closed after the next submission, which may still name them
};

}  // namespace cachewitness::adapters
