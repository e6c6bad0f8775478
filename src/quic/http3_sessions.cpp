#include "quic/http3_sessions.h"

#include <fmt/format.h>

#include "quic/http3_session.h"

namespace cachewitness::quic {

std::unique_ptr<probe::DatagramSession> Http3Sessions::make(const ports::TlsClient& tls,
                                                            const probe::SessionLimits& limits,
                                                            std::string_view user_agent, probe::SessionEvents& events) {
  auto known = credentials_.find(tls.ca_file);
  if (known == credentials_.end()) {
    known = credentials_.emplace(tls.ca_file, load_credentials(tls.ca_file)).first;
  }
  std::string trouble = known->second ? std::string() : known->second.error();
  if (trouble.empty() && tls.server_name.empty()) {
    trouble = "no certificate can be verified against the name \"\"; check tls.server_name";
  }
  return std::make_unique<Http3Session>(known->second.value_or(nullptr), std::move(trouble), tls.server_name, limits,
                                        user_agent, events);
}

}  // namespace cachewitness::quic
