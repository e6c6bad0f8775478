// The keys of `leaks`, and what can only be said of them once all are known.
#pragma once

#include <optional>

#include "manifest/bind.h"
#include "manifest/key_table.h"
#include "manifest/manifest.h"

namespace cachewitness::manifest {

// Its owner is a std::optional<Leaks>'s Leaks.
[[nodiscard]] const Table& leaks_table();
void check_leaks(const Manifest& manifest, const YamlNode& root, Binder& binder);

bool read(Binder& binder, const YamlNode& node, const Shape& shape, std::optional<Leaks>& out);
bool read(Binder& binder, const YamlNode& node, const Shape& shape, std::optional<CrossTenant>& out);
bool read(Binder& binder, const YamlNode& node, const Shape& shape, std::optional<Poisoning>& out);
bool read(Binder& binder, const YamlNode& node, const Shape& shape, std::optional<Deception>& out);

}  // namespace cachewitness::manifest
