// Who can be asked to invalidate, and what each needs to be told: the keys of `environments.NAME.purge`, as data.
// What a provider can do is src/purge's to say; here it is only written down, so that a manifest is checked before
// anything is sent.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "manifest/manifest.h"

namespace cachewitness::manifest {

class Binder;
struct YamlNode;
struct Shape;

struct PurgeOption {
  enum class Form : std::uint8_t {
    text,
    secret,  // {env}, {file} or {command}, never written out
    words,   // one of `allowed`
    flag,
    port,    // 1 to 65535
    number,  // above 0
    duration,
    base_url  // https://host[:port], or http:// on loopback: credentials do not travel in the clear
  };
  std::string_view name;
  Form form = Form::text;
  bool is_required = false;
  std::string_view doc{};
  std::vector<std::string_view> allowed{};
  bool is_whole = false;  // of a secret: taken byte for byte, line ends too, for a file is meant and no line of text
  std::string_view unless{};  // required, unless this one stands instead
  std::string_view with{};    // required where this one stands
};

struct PurgeProvider {
  std::string_view name;   // as a manifest writes it
  std::string_view title;  // as its vendor writes it
  std::vector<PurgeOption> options;
  bool has_headers = false;  // `headers` may stand beside
  bool is_program = false;   // `run` must stand beside, `env` may
  bool is_at_edges = false;  // a cache of one's own: asked at each edge, and `inner` may stand beside
};

// The words of the option `variants`, in the order of purge::CacheKey::Variants.
inline constexpr std::array<std::string_view, 3> purge_variants{"together", "apart", "in-turn"};

// In the order of the documents: hosted ones, caches of one's own, then what fits all others.
[[nodiscard]] std::span<const PurgeProvider> purge_providers();
[[nodiscard]] const PurgeProvider* find_purge_provider(std::string_view name);

// The text of an option; empty where it was left out.
[[nodiscard]] std::string_view purge_option(const PurgeSettings& settings, std::string_view name);
// Those of a list ("run", "env"), in order: a list is kept as one option an entry.
[[nodiscard]] std::vector<std::string> purge_list(const PurgeSettings& settings, std::string_view name);
// Request headers are kept as options and secrets that are named so: "headers.x-key".
inline constexpr std::string_view purge_header_prefix = "headers.";

void bind_purge_headers(Binder& binder, const YamlNode& node, const Shape& shape, PurgeSettings& out);
void bind_purge_list(Binder& binder, const YamlNode& node, const Shape& shape, PurgeSettings& out);

// Faults of one environment's `purge`, whose table stands at `node`.
void check_purge(const PurgeSettings& settings, const YamlNode& node, Binder& binder);

}  // namespace cachewitness::manifest
