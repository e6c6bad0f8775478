// The few sockets calls of the responder, each with its reason in words.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace cachewitness::bench {

// An owned descriptor.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() { reset(); }
  Descriptor(Descriptor&& other) noexcept : fd_(other.release()) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    if (this != &other) {
      reset();
      fd_ = other.release();
    }
    return *this;
  }
  [[nodiscard]] int get() const { return fd_; }
  void reset();

 private:
  int release() {
    const int fd = fd_;
    fd_ = -1;
    return fd;
  }
  int fd_ = -1;
};

// Listens at `port` of each address; with port 0, at one that is free at all of them, which is then `port`. Empty
// where that cannot be done; `fault` says why.
std::vector<Descriptor> listen_at(const std::vector<std::string>& addresses, std::uint16_t& port, std::string& fault);

// As many descriptors as the system lets this process have.
void raise_descriptor_limit();

}  // namespace cachewitness::bench
