// Sets of request headers that select other representations: the manifest's `variants`.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "manifest/secret_ref.h"

namespace cachewitness::manifest {

// A request header of a variant; a value may be a secret (a staging gate's password).
struct VariantHeader {
  std::string name;  // lower case
  std::variant<std::string, SecretRef> value;
};
struct Variant {
  std::string name;
  std::vector<VariantHeader> headers;
};

}  // namespace cachewitness::manifest
