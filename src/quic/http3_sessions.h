// Http3Sessions: where a prober that was built with HTTP/3 gets its sessions from.
#pragma once

#include <expected>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "probe/datagram_session.h"
#include "quic/credentials.h"

namespace cachewitness::quic {

class Http3Sessions final : public probe::DatagramSessions {
 public:
  std::unique_ptr<probe::DatagramSession> make(const ports::TlsClient& tls, const probe::SessionLimits& limits,
                                               std::string_view user_agent, probe::SessionEvents& events) override;

 private:
  std::map<std::string, std::expected<Credentials, std::string>> credentials_;  // by CA file
};

}  // namespace cachewitness::quic
