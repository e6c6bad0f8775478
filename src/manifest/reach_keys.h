// The keys that say how an address is reached, for the tables of every struct that has a Reach.
#pragma once

#include <utility>
#include <vector>

#include "manifest/bind.h"
#include "manifest/manifest.h"

namespace cachewitness::manifest {

[[nodiscard]] const Shape& family_shape();
[[nodiscard]] const Shape& source_shape();
[[nodiscard]] const Shape& proxy_shape();

void read_family(Binder& binder, const YamlNode& node, const Shape& shape, Reach& out);
void read_source(Binder& binder, const YamlNode& node, const Shape& shape, Reach& out);
void read_proxy(Binder& binder, const YamlNode& node, const Shape& shape, Reach& out);
void read_proxy_user(Binder& binder, const YamlNode& node, const Shape& shape, Reach& out);
void read_proxy_password(Binder& binder, const YamlNode& node, const Shape& shape, Reach& out);

// Faults that show only when edge and environment are seen together.
void check_reach(const Environment& environment, Binder& binder);

template <typename Owner, void (*Read)(Binder&, const YamlNode&, const Shape&, Reach&)>
void bind_reach(Binder& binder, const YamlNode& node, const Shape& shape, Owner& out) {
  Read(binder, node, shape, out.reach);
}

// `keys` and the keys of a Reach. `secret` is the shape of a secret.
template <typename Owner>
std::vector<Key> with_reach(const Shape& secret, std::vector<Key> keys) {
  keys.push_back(key_with<Owner, bind_reach<Owner, read_family>>(
      "family", family_shape(), "",
      "IP version to use; any is the one that the system prefers. An edge's own comes first."));
  keys.push_back(key_with<Owner, bind_reach<Owner, read_source>>(
      "source", source_shape(), "", "Address of this machine to connect from. An edge's own comes first."));
  keys.push_back(key_with<Owner, bind_reach<Owner, read_proxy>>(
      "proxy", proxy_shape(), "",
      "The one way to the address, never gone around; direct is for an edge whose environment has a proxy."));
  keys.push_back(key_with<Owner, bind_reach<Owner, read_proxy_user>>(
      "proxy_user", secret, "", "User name for the proxy beside it, as {env}, {file} or {command}."));
  keys.push_back(key_with<Owner, bind_reach<Owner, read_proxy_password>>(
      "proxy_password", secret, "", "Password for the proxy beside it, as {env}, {file} or {command}."));
  return keys;
}

}  // namespace cachewitness::manifest
