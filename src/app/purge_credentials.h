// PurgeCredentials: who asks a provider to purge. Secrets are read when they are needed, and again when they are
// refused, for they may have expired meanwhile.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "app/ports.h"
#include "base/result.h"
#include "base/secret.h"
#include "manifest/manifest.h"
#include "ports/control_plane.h"
#include "purge/provider.h"
#include "purge/sign.h"

namespace cachewitness::app {

class PurgeCredentials {
 public:
  // `environment` has a purge. `control_plane` carries what fetches a token.
  PurgeCredentials(const Ports& ports, const purge::Provider& provider, const manifest::Environment& environment,
                   ports::ControlPlane& control_plane)
      : ports_(ports), provider_(provider), environment_(environment), control_plane_(control_plane) {}

  // And fetches the token that is fetched with them; nothing else may be under way.
  base::Result<void> read();
  // The last step before sending: what comes out holds secrets and is never written down.
  [[nodiscard]] purge::Request sealed(purge::Request request) const;
  // Puts "***" for every secret that an answer echoes, a provider's or a driver's.
  void mask(std::string& text) const;

 private:
  const Ports& ports_;
  const purge::Provider& provider_;
  const manifest::Environment& environment_;
  ports::ControlPlane& control_plane_;
  purge::Secrets secrets_;
  std::vector<std::pair<std::string, base::Secret>> headers_;
  std::vector<base::Secret> given_;  // to a driver, in its environment
};

}  // namespace cachewitness::app
