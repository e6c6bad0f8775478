// Prints docs/manifest.md from the parser's key table, so that what users read is what is parsed.
#include <algorithm>
#include <array>
#include <cstdio>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "manifest/key_table.h"

namespace {

using namespace cachewitness;
using manifest::Key;
using manifest::Shape;
using manifest::Table;

// A list of words longer than this is told by its name: cause slugs have a document of their own.
constexpr std::size_t most_words = 8;
// Ends the path of what stands in a list.
constexpr std::string_view item = "[]";

// Parts of a manifest, by the name of the table that they show. tests/docs parses each one.
struct Example {
  std::string_view table;
  std::string_view yaml;
};
constexpr std::array<Example, 15> examples{{
    {"\"tenants\"", "tenants:\n  from: tenants.csv        # or .ndjson, or {command: [./list-tenants, --active]}"},
    {"a tenant",
     "tenants:\n"
     "  - {id: tenant-abc, host: abc.example.com, tags: [gold], assets: [/extra.css]}\n"
     "  - {id: tenant-def, host: def.example.com, base: /def}    # {tenant.base} in the url"},
    {"a variant",
     "variants:\n"
     "  identity: {}\n"
     "  gzip: {headers: {accept-encoding: gzip}}\n"
     "  beta: {headers: {cookie: {env: BETA_COOKIE}}}"},
    {"an environment",
     "environments:\n"
     "  production:\n"
     "    url: \"https://{tenant.host}{asset}\"\n"
     "    origin: {replicas: [\"https://o1.example.net\", \"https://o2.example.net\"]}\n"
     "    regions:\n"
     "      us-west: {edges: [{name: us-west-1, address: \"203.0.113.10:443\"}]}\n"
     "  staging:\n"
     "    url: \"https://cdn-{region}.example.com/{tenant.id}{asset}\"\n"
     "    origin: {replicas: [\"https://origin.staging.example.net\"]}\n"
     "    regions:\n"
     "      us-west: {edges: [{name: us-west-1, address: \"198.51.100.10:443\"}]}\n"
     "    tls: {ca: corp-ca.pem}"},
    {"an expectation",
     "environments:\n"
     "  production:\n"
     "    url: \"https://{tenant.host}{asset}\"\n"
     "    origin:\n"
     "      replicas: [\"https://o1.example.net\"]\n"
     "      expect:\n"
     "        - {asset: /asset.js, sha256: ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad}\n"
     "    regions:\n"
     "      us-west: {edges: [{name: us-west-1, address: \"203.0.113.10:443\"}]}"},
    {"an edge",
     "environments:\n"
     "  production:\n"
     "    url: \"https://{tenant.host}{asset}\"\n"
     "    origin: {replicas: [\"https://o1.example.net\"]}\n"
     "    regions:\n"
     "      us-west:\n"
     "        edges:\n"
     "          - {name: us-west-1, address: \"203.0.113.10:443\", provider: fastly}\n"
     "          - {name: us-west-2, address: \"[2001:db8::11]:443\", servers: 8}\n"
     "          - name: us-west-3\n"
     "            address: \"10.1.0.7:443\"\n"
     "            proxy: \"http://bastion.example.net:3128\"\n"
     "            proxy_user: {env: BASTION_USER}\n"
     "            proxy_password: {env: BASTION_PASSWORD}"},
    {"a mask",
     "policy:\n"
     "  mask:\n"
     "    - {pattern: 'nonce=\"[^\"]*\"'}\n"
     "    - {begin: \"<!-- built\", end: \"-->\"}"},
    {"\"leaks\"",
     "leaks:                         # off without this key; only for tenants with the tag (leaks.md)\n"
     "  cross_tenant: {marker: {header: x-tenant}, assets: [/canary.txt]}\n"
     "  poisoning: {headers: [x-forwarded-host, x-original-url]}\n"
     "  deception:\n"
     "    paths: [\"/account/{buster}.css\"]\n"
     "    headers: {cookie: {env: TEST_ACCOUNT_COOKIE}}\n"
     "    private: test-account@example.com"},
    {"\"purge\"",
     "environments:\n"
     "  production:\n"
     "    url: \"https://{tenant.host}{asset}\"\n"
     "    origin: {replicas: [\"https://o1.example.net\"]}\n"
     "    regions:\n"
     "      us-west: {edges: [{name: us-west-1, address: \"203.0.113.10:443\"}]}\n"
     "    purge: {provider: fastly, service: SU1Z0isxPaozGVKXdv0eY, token: {env: FASTLY_TOKEN}}"},
    {"\"policy\"", "policy:\n  body: hash\n  propagation: 30s\n  compare: [status, etag, cache-control]"},
    {"a tolerated cause",
     "policy:\n"
     "  allow:\n"
     "    - stale-while-revalidate\n"
     "    - {cause: header-drift, until: \"2026-12-01T00:00:00Z\"}"},
    {"\"gate\"", "gate: {max_stale_cells: 0, min_parity: 1.0, require_grade: proven}"},
    {"\"parity\"",
     "parity:\n"
     "  version: same\n"
     "  ignore: [x-debug-*]\n"
     "  allow:\n"
     "    - {what: x-robots-tag, environments: staging}\n"
     "    - {what: cache-policy, regions: \"eu-*\", until: \"2026-12-24T00:00:00Z\"}"},
    {"\"limits\"", "limits: {concurrency: 512, per_edge_rps: 200, timeout: 5s, total: 60s}"},
    {"a check",
     "checks:\n"
     "  - {name: coherency, run: [python3, cdn-verify.py], input: evidence, timeout: 30s}\n"
     "  - {name: smoke, run: [./smoke-test], input: none, result: exit-code, env: [SMOKE_URL]}"},
}};

struct Section {
  std::string path;
  const Table* table;
};

// Every table once, in the order in which a reader meets it. The tables nest as deep as the code has tables.
class Sections {
 public:
  Sections() { visit("", manifest::manifest_table()); }
  [[nodiscard]] const std::vector<Section>& all() const { return all_; }
  [[nodiscard]] const Section& of(const Table& table) const {
    return *std::ranges::find(all_, &table, &Section::table);
  }

 private:
  void visit(const std::string& path, const Table& table) {
    if (std::ranges::find(all_, &table, &Section::table) != all_.end()) {
      return;
    }
    all_.push_back({path, &table});
    for (const Key& key : table.keys) {
      visit(path.empty() ? std::string(key.name) : fmt::format("{}.{}", path, key.name), key.shape);
    }
    visit(path + ".NAME", table.other);
  }
  void visit(const std::string& path, const Shape& shape) {
    if (shape.kind == Shape::Kind::table) {
      visit(path, shape.table());
    }
    const std::string_view below = shape.kind == Shape::Kind::list  ? item
                                   : shape.kind == Shape::Kind::map ? ".NAME"
                                                                    : "";
    for (const Shape& part : shape.parts) {
      visit(path + std::string(below), part);
    }
  }

  std::vector<Section> all_;
};

std::string title_of(const Section& section) {
  if (section.path.empty()) {
    return "The manifest";
  }
  if (section.table->name == "a secret") {  // stands in many places
    return "Secrets";
  }
  const std::string_view path = section.path;
  return path.ends_with(item) ? fmt::format("Each of {}", path.substr(0, path.size() - item.size())) : section.path;
}

// As GitHub makes an anchor of a title: lower case, hyphens for blanks, no other marks.
std::string anchor_of(const Section& section) {
  std::string anchor;
  for (const char c : title_of(section)) {
    const bool is_upper = c >= 'A' && c <= 'Z';
    const bool is_kept = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
    if (is_upper || is_kept || c == ' ') {
      anchor += is_upper ? static_cast<char>(c + 32) : c == ' ' ? '-' : c;
    }
  }
  return anchor;
}

std::string type_of(const Shape& shape, const Sections& sections) {
  switch (shape.kind) {
    case Shape::Kind::list:
      return "list of " + type_of(shape.parts.front(), sections);
    case Shape::Kind::map:
      return "map of names to " + type_of(shape.parts.front(), sections);
    case Shape::Kind::table: {
      const Section& section = sections.of(shape.table());
      std::string name(section.table->name);
      std::erase(name, '"');
      return fmt::format("[{}](#{})", name, anchor_of(section));
    }
    case Shape::Kind::any_of: {
      const bool is_scalar = std::ranges::all_of(
          shape.parts, [](const Shape& part) { return part.table == nullptr && part.parts.empty(); });
      if (is_scalar && !shape.expected.empty()) {
        return std::string(shape.expected);
      }
      std::string text;
      for (const Shape& part : shape.parts) {
        text += (text.empty() ? "" : ", or ") + type_of(part, sections);
      }
      return text;
    }
    case Shape::Kind::number:
      if (shape.most == std::numeric_limits<double>::max()) {
        return "a number";
      }
      break;
    case Shape::Kind::boolean:
    case Shape::Kind::text:
    case Shape::Kind::count:
    case Shape::Kind::size:
    case Shape::Kind::duration:
    case Shape::Kind::instant:
    case Shape::Kind::scalar:
    case Shape::Kind::anything:
      break;
  }
  if (!shape.allowed.empty() && shape.allowed.size() <= most_words) {
    return fmt::format("`{}`", fmt::join(shape.allowed, "` or `"));
  }
  const std::string text = manifest::expected_phrase(shape);
  return shape.allowed.empty() ? text : fmt::format("[{}](rules/README.md)", text);
}

void print_head() {
  std::puts(
      "# Every key of a manifest\n\n"
      "Generated from the parser's own table, `src/manifest/manifest_keys.cpp`, by `tools/manifest_docs.cpp`: edit\n"
      "the table, then run `cmake --build build/dev --target manifest_docs_update`. The same table gives\n"
      "`cachewitness manifest schema`, a JSON Schema for completion in editors.\n\n"
      "A manifest is YAML 1.2: one document of at most 1 MiB, without anchors, aliases or tags. Relative paths are\n"
      "relative to it. `cachewitness manifest check` names every fault at once, each with line and column; an unknown\n"
      "key is a fault. A whole example: [examples/cachewitness.yaml](../examples/cachewitness.yaml).\n\n"
      "In templates such as `url` stand `{environment}`, `{region}`, `{edge.NAME}`, `{tenant.NAME}`, `{asset}` and\n"
      "`{variant}`; in host templates also `{host}`, the host of the URL. Quote a value that holds a brace.");
}

void print_section(const Section& section, const Sections& sections) {
  fmt::print("\n## {}\n\n| key | type | default | meaning |\n| --- | --- | --- | --- |\n", title_of(section));
  for (const Key& key : section.table->keys) {
    const std::string fallback = key.is_required            ? "**required**"
                                 : key.default_json.empty() ? "-"
                                                            : fmt::format("`{}`", key.default_json);
    fmt::print("| `{}` | {} | {} | {} |\n", key.name, type_of(key.shape, sections), fallback, key.doc);
  }
  if (section.table->bind_other != nullptr) {
    fmt::print("| any other | {} | - | {} |\n", type_of(section.table->other, sections), section.table->other_doc);
  }
  for (const Example& example : examples) {
    if (example.table == section.table->name) {
      fmt::print("\n```yaml\n{}\n```\n", example.yaml);
    }
  }
}

}  // namespace

int main() {
  const Sections sections;
  const bool all_have_a_table = std::ranges::all_of(examples, [&sections](const Example& example) {
    return std::ranges::any_of(sections.all(),
                               [&example](const Section& section) { return section.table->name == example.table; });
  });
  if (!all_have_a_table) {
    std::fputs("manifest_docs: an example names no table\n", stderr);
    return 1;
  }
  print_head();
  for (const Section& section : sections.all()) {
    print_section(section, sections);
  }
  return 0;
}
