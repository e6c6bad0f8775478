// Prints the JSON Schema of a manifest, for tests/schema/manifest_schema.py.
#include <cstdio>
#include <string>

#include "manifest/parse_manifest.h"

int main() {
  const std::string schema = cachewitness::manifest::manifest_json_schema();
  return std::fwrite(schema.data(), 1, schema.size(), stdout) == schema.size() ? 0 : 1;
}
