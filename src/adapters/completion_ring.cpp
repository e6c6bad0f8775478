#include "adapters/completion_ring.h"

#include <liburing.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "adapters/reactor.h"
#include "base/assert.h"

namespace cachewitness::adapters {

namespace {

constexpr unsigned submissions = 1024;
constexpr unsigned completions = 4096;
// As in Reactor: few enough that timers are looked at in time.
constexpr unsigned max_told_per_turn = 128;
// Received bytes land here and are read at once: as many buffers as stay in a core's cache. Where more sockets have
// something at the same moment, the others are asked again.
constexpr unsigned buffer_count = 256;
constexpr unsigned buffer_bytes = 4096;
constexpr std::size_t page_bytes = 4096;
constexpr int buffer_group = 0;
// An orderly socket keeps the buffer of its last send; one that once sent much gives it back.
constexpr std::size_t max_idle_bytes = std::size_t{64} << 10;

enum class Operation : std::uint64_t { readable, receive, send };

std::uint64_t tag(Operation operation, std::uint32_t index) {
  return (static_cast<std::uint64_t>(operation) << 32) | index;
}

bool is_wanted() {
  const char* const word = ::secure_getenv("CACHEWITNESS_IO_URING");
  return word == nullptr || std::string_view(word) != "never";
}

}  // namespace

void CompletionRing::RingFree::operator()(io_uring* ring) const {
  ::io_uring_queue_exit(ring);
  delete ring;
}

std::unique_ptr<CompletionRing> CompletionRing::make(int readable) {
  std::unique_ptr<CompletionRing> ring(new CompletionRing);
  return is_wanted() && ring->open(readable) ? std::move(ring) : nullptr;
}

bool CompletionRing::open(int readable) {
  io_uring_params params{};
  // Completions are worked off when this thread asks for them, not in the middle of something else.
  params.flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_CQSIZE | IORING_SETUP_CLAMP;
  params.cq_entries = completions;
  auto ring = std::make_unique<io_uring>();
  if (::io_uring_queue_init_params(submissions, ring.get(), &params) != 0) {
    return false;
  }
  ring_.reset(ring.release());
  memory_ = std::make_unique_for_overwrite<char[]>(std::size_t{buffer_count} * buffer_bytes);
  buffer_ring_memory_ = std::make_unique<char[]>(buffer_count * sizeof(io_uring_buf) + page_bytes);
  void* start = buffer_ring_memory_.get();
  std::size_t space = buffer_count * sizeof(io_uring_buf) + page_bytes;
  buffers_ = static_cast<io_uring_buf_ring*>(std::align(page_bytes, buffer_count * sizeof(io_uring_buf), start, space));
  ::io_uring_buf_ring_init(buffers_);
  io_uring_buf_reg registration{};
  registration.ring_addr = reinterpret_cast<std::uintptr_t>(buffers_);
  registration.ring_entries = buffer_count;
  registration.bgid = buffer_group;
  if (::io_uring_register_buf_ring(ring_.get(), &registration, 0) != 0) {
    return false;
  }
  for (unsigned i = 0; i < buffer_count; ++i) {
    give_buffer(static_cast<std::uint16_t>(i));
  }
  readable_ = readable;
  watch_readable();
  return true;
}

CompletionRing::~CompletionRing() {
  for (const auto& socket : sockets_) {
    CW_ASSERT(socket->events == nullptr);
  }
  if (ring_) {
    submit();
  }
}

io_uring_sqe* CompletionRing::entry() {
  io_uring_sqe* entry = ::io_uring_get_sqe(ring_.get());
  while (entry == nullptr) {  // as many as fit are waiting to leave
    submit();
    entry = ::io_uring_get_sqe(ring_.get());
  }
  return entry;
}

void CompletionRing::watch_readable() {
  io_uring_sqe* const asked = entry();
  ::io_uring_prep_poll_multishot(asked, readable_, POLLIN);
  ::io_uring_sqe_set_data64(asked, tag(Operation::readable, 0));
}

void CompletionRing::give_buffer(std::uint16_t buffer) {
  ::io_uring_buf_ring_add(buffers_, memory_.get() + std::size_t{buffer} * buffer_bytes, buffer_bytes, buffer,
                          ::io_uring_buf_ring_mask(buffer_count), 0);
  ::io_uring_buf_ring_advance(buffers_, 1);
}

RingSocket CompletionRing::adopt(int fd, CompletionEvents& events) {
  if (free_sockets_.empty()) {
    free_sockets_.push_back(static_cast<std::uint32_t>(sockets_.size()));
    sockets_.push_back(std::make_unique<Socket>());
  }
  const std::uint32_t index = free_sockets_.back();
  free_sockets_.pop_back();
  Socket& socket = *sockets_[index];
  socket.events = &events;
  socket.fd = fd;
  socket.is_used = true;
  receive(index);
  return RingSocket{index};
}

// One request for all that will ever come.
void CompletionRing::receive(std::uint32_t index) {
  Socket& socket = *sockets_[index];
  io_uring_sqe* const asked = entry();
  ::io_uring_prep_recv_multishot(asked, socket.fd, nullptr, 0, 0);
  asked->flags |= IOSQE_BUFFER_SELECT;
  asked->buf_group = buffer_group;
  ::io_uring_sqe_set_data64(asked, tag(Operation::receive, index));
  socket.is_receiving = true;
}

void CompletionRing::send(RingSocket of, std::string_view bytes) {
  const auto index = static_cast<std::uint32_t>(of);
  Socket& socket = *sockets_[index];
  CW_ASSERT(!socket.is_sending && !bytes.empty());
  socket.out.assign(bytes);
  socket.sent = 0;
  send_rest(index);
}

void CompletionRing::send_rest(std::uint32_t index) {
  Socket& socket = *sockets_[index];
  socket.is_sending = true;
  io_uring_sqe* const asked = entry();
  // MSG_WAITALL: the kernel goes on after a part until all of it is taken.
  ::io_uring_prep_send(asked, socket.fd, socket.out.data() + socket.sent, socket.out.size() - socket.sent,
                       MSG_NOSIGNAL | MSG_WAITALL);
  ::io_uring_sqe_set_data64(asked, tag(Operation::send, index));
}

void CompletionRing::release(RingSocket of, UniqueFd fd) {
  const auto index = static_cast<std::uint32_t>(of);
  sockets_[index]->events = nullptr;
  released_.push_back(std::move(fd));
  reuse(index);
}

// Once the kernel has nothing to tell of it, and so no claim to its memory.
void CompletionRing::reuse(std::uint32_t index) {
  Socket& socket = *sockets_[index];
  if (!socket.is_used || socket.events != nullptr || socket.is_receiving || socket.is_sending) {
    return;
  }
  socket.is_used = false;
  socket.fd = -1;
  if (socket.out.capacity() > max_idle_bytes) {
    std::string().swap(socket.out);
  }
  free_sockets_.push_back(index);
}

void CompletionRing::submit() {
  if (::io_uring_sq_ready(ring_.get()) > 0) {
    ::io_uring_submit(ring_.get());
  }
  close_released();
}

// A receive that is under way keeps a socket open after close(): it has to end first.
void CompletionRing::close_released() {
  for (const UniqueFd& fd : released_) {
    ::shutdown(fd.get(), SHUT_RDWR);
  }
  released_.clear();
}

void CompletionRing::wait(base::Tick limit) {
  if (!released_.empty()) {
    submit();
  }
  const base::Duration left = limit == base::Tick::never() ? base::Duration::max() : limit - monotonic_now();
  if (left <= base::Duration::zero()) {
    ::io_uring_submit_and_get_events(ring_.get());
    return;
  }
  io_uring_cqe* first = nullptr;
  // A year is as good as for ever, and fits.
  const auto nanoseconds = std::min<base::Duration>(left, std::chrono::hours(24 * 365)).count();
  __kernel_timespec timeout{.tv_sec = nanoseconds / 1'000'000'000, .tv_nsec = nanoseconds % 1'000'000'000};
  ::io_uring_submit_and_wait_timeout(ring_.get(), &first, 1, &timeout, nullptr);
}

void CompletionRing::deliver() {
  std::array<io_uring_cqe*, max_told_per_turn> come{};
  const unsigned count = ::io_uring_peek_batch_cqe(ring_.get(), come.data(), max_told_per_turn);
  for (unsigned i = 0; i < count; ++i) {
    take(::io_uring_cqe_get_data64(come[i]), come[i]->res, come[i]->flags);
  }
  ::io_uring_cq_advance(ring_.get(), count);
}

void CompletionRing::take(std::uint64_t about, int result, std::uint32_t flags) {
  const auto index = static_cast<std::uint32_t>(about);
  switch (static_cast<Operation>(about >> 32)) {
    case Operation::readable:
      is_readable_ = true;
      if ((flags & IORING_CQE_F_MORE) == 0) {
        watch_readable();
      }
      return;
    case Operation::receive:
      return take_received(index, result, flags);
    case Operation::send:
      return take_sent(index, result);
  }
}

void CompletionRing::take_sent(std::uint32_t index, int result) {
  Socket& socket = *sockets_[index];
  socket.is_sending = false;
  if (CompletionEvents* const events = socket.events) {
    socket.sent += result < 0 ? 0 : static_cast<std::size_t>(result);
    if (result > 0 && socket.sent < socket.out.size()) {
      return send_rest(index);
    }
    events->on_sent(result < 0 ? -result : 0);
  }
  reuse(index);
}

void CompletionRing::take_received(std::uint32_t index, int result, std::uint32_t flags) {
  const bool has_more = (flags & IORING_CQE_F_MORE) != 0;
  sockets_[index]->is_receiving = has_more;
  if ((flags & IORING_CQE_F_BUFFER) != 0) {
    const auto buffer = static_cast<std::uint16_t>(flags >> IORING_CQE_BUFFER_SHIFT);
    CompletionEvents* const events = sockets_[index]->events;
    if (events != nullptr && result > 0) {
      events->on_received({memory_.get() + std::size_t{buffer} * buffer_bytes, static_cast<std::size_t>(result)});
    }
    give_buffer(buffer);
  }
  if (has_more) {
    return;
  }
  if (CompletionEvents* const events = sockets_[index]->events) {
    if (result > 0 || result == -ENOBUFS) {
      return receive(index);
    }
    events->on_receive_end(-result);
  }
  reuse(index);
}

}  // namespace cachewitness::adapters
