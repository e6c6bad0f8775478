// The file of TLS sessions may have been written by anybody: whatever it holds, reading it ends, and what was read
// is written and read again the same.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "adapters/sha256.h"
#include "adapters/tls_session_archive.h"
#include "adapters/tls_sessions.h"
#include "base/assert.h"

namespace adapters = cachewitness::adapters;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  static_cast<void>(adapters::read_sessions(bytes));
  // Past the front and the digest, which chance does not find.
  std::string whole = "cachewitness.tls-sessions/v1\n" + std::string(bytes);
  const auto digest = adapters::sha256(whole).bytes;
  whole.append(digest.begin(), digest.end());
  const auto sessions = adapters::read_sessions(whole);
  if (sessions) {
    CW_ASSERT(adapters::read_sessions(adapters::write_sessions(*sessions)) == sessions);
  }
  for (const std::string_view state : {bytes, sessions && !sessions->empty() ? sessions->front().state : bytes}) {
    const adapters::SessionPointer session = adapters::read_session(state);
    if (session != nullptr) {
      static_cast<void>(adapters::session_end(session.get()));
      const std::string written = adapters::write_session(session.get());
      const adapters::SessionPointer again = adapters::read_session(written);
      CW_ASSERT(written.empty() || (again != nullptr && adapters::write_session(again.get()) == written));
    }
  }
  return 0;
}
