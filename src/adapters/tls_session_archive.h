// TlsSessionArchive: sessions as bytes that outlive the process. A version in front, a digest behind: whatever is
// not whole and ours is refused as one, for a session with a wrong bit would make a handshake fail.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/digest.h"

namespace cachewitness::adapters {

struct ArchivedSession {
  base::Digest trust;  // of the trust store that the certificates were verified against
  std::string key;     // of its TlsSlot
  std::int64_t expires_at = 0;
  std::string state;
  std::shared_ptr<const std::string> certificates;

  friend bool operator==(const ArchivedSession& a, const ArchivedSession& b) {
    return a.trust == b.trust && a.key == b.key && a.expires_at == b.expires_at && a.state == b.state &&
           *a.certificates == *b.certificates;
  }
};

// As many as are allowed, from the front. Chains that several share are written once.
[[nodiscard]] std::string write_sessions(const std::vector<ArchivedSession>& sessions);
[[nodiscard]] std::optional<std::vector<ArchivedSession>> read_sessions(std::string_view bytes);

}  // namespace cachewitness::adapters
