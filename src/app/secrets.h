// Secrets: read when they are needed, from the environment, a file or a command, and never printed.
#pragma once

#include <cstdint>
#include <vector>

#include "app/ports.h"
#include "app/request_sources.h"
#include "base/result.h"
#include "base/secret.h"
#include "manifest/manifest.h"

namespace cachewitness::app {

enum class SecretForm : std::uint8_t {
  line,  // without white space around it, and one line
  whole  // byte for byte, as a key file is
};

// Errors name where the secret was asked for and never what was found.
[[nodiscard]] base::Result<base::Secret> read_secret(const Ports& ports, const manifest::SecretRef& reference,
                                                     SecretForm form = SecretForm::line);

// Request headers; `secrets` gets each secret among them, for masking.
[[nodiscard]] base::Result<std::vector<probe::HeaderLine>> resolve_headers(
    const Ports& ports, const std::vector<manifest::VariantHeader>& headers, std::vector<base::Secret>& secrets);

// The request headers of every variant. `secrets` gets each secret among them, for masking.
[[nodiscard]] base::Result<VariantHeaders> resolve_variants(const Ports& ports, const manifest::Manifest& manifest,
                                                            std::vector<base::Secret>& secrets);

}  // namespace cachewitness::app
