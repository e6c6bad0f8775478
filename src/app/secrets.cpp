#include "app/secrets.h"

#include <utility>
#include <variant>

#include <fmt/format.h>

#include "app/program_end.h"
#include "base/text.h"

namespace cachewitness::app {

namespace {

constexpr std::size_t longest_secret = std::size_t{64} << 10;
constexpr base::Duration command_timeout = std::chrono::seconds(10);

std::unexpected<base::Error> missing(const manifest::SecretRef& reference, std::string message) {
  return base::fail(base::errors::missing_secret, std::move(message), reference.where);
}

base::Result<std::string> read_command(const Ports& ports, const manifest::SecretRef& reference) {
  ports::ProcessSpec spec;
  spec.argv = reference.argv;
  spec.timeout = command_timeout;
  spec.max_output_bytes = longest_secret;
  spec.overflow = ports::ProcessSpec::Overflow::stop;
  for (const char* name : {"PATH", "HOME"}) {
    if (auto value = ports.environment.variable(name)) {
      spec.environment.emplace_back(name, *value);
    }
  }
  auto ended = ports.processes.run(spec);
  if (!ended) {
    return missing(reference, "the secret's command could not be started: " + ended.error().message);
  }
  if (!has_succeeded(*ended)) {
    return missing(reference, fmt::format("the secret's command {} {}; run it by hand to see why",
                                          base::printable(reference.argv.front()), how_it_ended(spec, *ended)));
  }
  return std::move(ended->output);
}

base::Result<std::string> read_value(const Ports& ports, const manifest::SecretRef& reference) {
  switch (reference.kind) {
    case manifest::SecretRef::Kind::environment: {
      auto value = ports.environment.variable(reference.name);
      if (!value || value->empty()) {
        return missing(reference, fmt::format("the environment variable {} is not set; export it before the run",
                                              base::printable(reference.name)));
      }
      return std::move(*value);
    }
    case manifest::SecretRef::Kind::file: {
      auto text = ports.files.read_all(reference.name, longest_secret);
      return text ? std::move(text) : missing(reference, "the secret's file: " + text.error().message);
    }
    case manifest::SecretRef::Kind::command:
      return read_command(ports, reference);
  }
  return missing(reference, "unknown kind of secret");
}

}  // namespace

base::Result<base::Secret> read_secret(const Ports& ports, const manifest::SecretRef& reference, SecretForm form) {
  auto value = read_value(ports, reference);
  if (!value) {
    return std::unexpected(std::move(value).error());
  }
  if (form == SecretForm::whole && !value->empty()) {
    return base::Secret(std::move(*value));
  }
  // Files and commands end their line.
  const std::string_view text = base::trim(*value);
  if (text.empty()) {
    return missing(reference, "the secret is empty");
  }
  if (text.find_first_of(std::string_view("\r\n\0", 3)) != std::string_view::npos) {
    return missing(reference, "the secret has several lines; a header value is one");
  }
  return base::Secret(std::string(text));
}

base::Result<std::vector<probe::HeaderLine>> resolve_headers(const Ports& ports,
                                                             const std::vector<manifest::VariantHeader>& headers,
                                                             std::vector<base::Secret>& secrets) {
  std::vector<probe::HeaderLine> lines;
  for (const manifest::VariantHeader& header : headers) {
    if (const auto* text = std::get_if<std::string>(&header.value)) {
      lines.push_back({header.name, *text});
      continue;
    }
    auto secret = read_secret(ports, std::get<manifest::SecretRef>(header.value));
    if (!secret) {
      return std::unexpected(std::move(secret).error());
    }
    lines.push_back({header.name, std::string(secret->expose())});
    secrets.push_back(std::move(*secret));
  }
  return lines;
}

base::Result<VariantHeaders> resolve_variants(const Ports& ports, const manifest::Manifest& manifest,
                                              std::vector<base::Secret>& secrets) {
  VariantHeaders headers;
  for (const manifest::Variant& variant : manifest.variants) {
    auto lines = resolve_headers(ports, variant.headers, secrets);
    if (!lines) {
      return std::unexpected(std::move(lines).error());
    }
    headers.push_back(std::move(*lines));
  }
  return headers;
}

}  // namespace cachewitness::app
