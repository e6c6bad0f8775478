// UniqueFd: sole owner of a file descriptor. Every descriptor of this layer lives in one, so that no
// error path leaks it. All are opened with O_CLOEXEC; the user's programs inherit none.
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <utility>

namespace cachewitness::adapters {

class UniqueFd {
 public:
  UniqueFd() = default;
  explicit UniqueFd(int fd) : fd_(fd) {}
  UniqueFd(UniqueFd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  UniqueFd& operator=(UniqueFd&& other) noexcept {
    reset(std::exchange(other.fd_, -1));
    return *this;
  }
  UniqueFd(const UniqueFd&) = delete;
  UniqueFd& operator=(const UniqueFd&) = delete;
  ~UniqueFd() { reset(); }

  [[nodiscard]] int get() const { return fd_; }
  [[nodiscard]] bool is_open() const { return fd_ >= 0; }

  void reset(int fd = -1) {
    // Linux frees the number even where close() reports EINTR, so there is nothing to try again.
    if (const int old = std::exchange(fd_, fd); old >= 0) {
      ::close(old);
    }
  }
  [[nodiscard]] int release() { return std::exchange(fd_, -1); }

 private:
  int fd_ = -1;
};

// The same file under a number that is not below `least`: out of the way of descriptors with a fixed meaning.
inline UniqueFd lifted(UniqueFd fd, int least) {
  return fd.get() >= least || !fd.is_open() ? std::move(fd) : UniqueFd(::fcntl(fd.get(), F_DUPFD_CLOEXEC, least));
}

}  // namespace cachewitness::adapters
