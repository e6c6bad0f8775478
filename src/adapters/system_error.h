// What errno means: to a person (Error texts) and to the evidence (Failure causes). The one table that
// maps system errors of a stream, so that every adapter blames the same party for the same number.
#pragma once

#include <string>

#include "base/failure.h"
#include "base/socket_address.h"

namespace cachewitness::adapters {

// "Connection refused"; thread-safe, unlike strerror().
[[nodiscard]] std::string system_error_text(int error);

// The packet found no way, and another address family may have one.
[[nodiscard]] bool is_without_way(int error);

// A broken stream as evidence. A shortage on our own side (descriptors, ports, memory) becomes
// `cancelled` with a detail that names the limit: it says nothing about the edge.
[[nodiscard]] base::Failure stream_failure(base::Stage stage, int error);
// The address that a connection was to come from cannot be used: it is not this machine's, or of another family.
[[nodiscard]] base::Failure source_failure(const base::SocketAddress& source, const base::SocketAddress& to, int error);

}  // namespace cachewitness::adapters
