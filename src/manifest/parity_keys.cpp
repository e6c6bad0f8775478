#include "manifest/parity_keys.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "base/text.h"
#include "manifest/fault_ids.h"
#include "manifest/glob.h"

namespace cachewitness::manifest {

namespace {

using Kind = Shape::Kind;

Shape text() { return {.kind = Kind::text}; }
Shape glob(std::string_view of) { return {.kind = Kind::text, .expected = of}; }
Shape list_of(Shape item) { return {.kind = Kind::list, .parts = {std::move(item)}}; }

const Table& mapping_table() {
  static const Table table{
      "a mapping",
      {
          required(key<&ParityMapping::name>("name", text(), "", "What the texts stand for; reports show {NAME}.")),
          required(key<&ParityMapping::values>("values", {.kind = Kind::map, .least = 1, .parts = {text()}}, "",
                                               "The text of each environment; found anywhere in a header's value.")),
      }};
  return table;
}

const Table& waiver_table() {
  static const Table table{
      "a tolerated difference",
      {
          required(key<&ParityWaiver::what>("what", glob("a glob such as x-robots-tag"), "",
                                            "Glob of what is compared: a header name, or a word of docs/parity.md.")),
          key<&ParityWaiver::environments>("environments", glob("a glob of environment names"), R"("*")",
                                           "Glob of environments, of either side."),
          key<&ParityWaiver::regions>("regions", glob("a glob of region names"), R"("*")", "Glob of regions."),
          key<&ParityWaiver::edges>("edges", glob("a glob of edge names"), R"("*")", "Glob of edges."),
          key<&ParityWaiver::tenants>("tenants", glob("a glob of tenant ids"), R"("*")", "Glob of tenant ids."),
          key<&ParityWaiver::assets>("assets", glob("a glob of assets"), R"("*")", "Glob of assets."),
          key<&ParityWaiver::until>("until", {.kind = Kind::instant}, "", "When the tolerance ends."),
      }};
  return table;
}

void check_glob(Binder& binder, std::string_view pattern, const YamlNode& place) {
  if (const std::string fault = glob_fault(pattern); !fault.empty()) {
    binder.fault(faults::bad_value, fmt::format("bad glob \"{}\": {}", base::printable(pattern, 60), fault), place);
  }
}

void check_mapping(const Manifest& manifest, const ParityMapping& mapping, const YamlNode& place, Binder& binder) {
  std::vector<std::string_view> known;
  for (const Environment& environment : manifest.environments) {
    known.emplace_back(environment.name);
  }
  for (const ParityText& value : mapping.values) {
    if (std::ranges::find(known, value.name) == known.end()) {
      const auto near = base::nearest(value.name, known);
      binder.fault(faults::bad_value,
                   fmt::format("the mapping \"{}\" names the environment \"{}\", which is not in the manifest{}",
                               base::printable(mapping.name, 60), base::printable(value.name, 60),
                               near ? fmt::format("; did you mean \"{}\"?", *near) : ""),
                   place);
    }
  }
}

}  // namespace

bool read(Binder& binder, const YamlNode& node, const Shape& shape, ParityText& out) {
  return read(binder, node, shape, out.text);
}

const Table& parity_table() {
  static const Table table{
      "\"parity\"",
      {
          key<&ParityRules::version>(
              "version", {.kind = Kind::text, .allowed = {"any", "same"}}, R"("any")",
              "same: every environment is to serve the same release, so bodies and validators are compared too."),
          key<&ParityRules::ignore>("ignore", list_of(glob("a glob such as x-debug-*")), "[]",
                                    "Globs of what may differ everywhere; shown as waived."),
          key<&ParityRules::map>("map", list_of({.kind = Kind::table, .table = mapping_table}), "[]",
                                 "Texts that differ by environment and mean the same; shown as waived."),
          key<&ParityRules::allow>("allow", list_of({.kind = Kind::table, .table = waiver_table}), "[]",
                                   "Differences to tolerate in some places, for ever or until a moment; shown as "
                                   "waived."),
      }};
  return table;
}

void check_parity(const Manifest& manifest, const YamlNode& root, Binder& binder) {
  const YamlNode* place = root.find("parity");
  if (place == nullptr) {
    return;
  }
  for (const std::string& pattern : manifest.parity.ignore) {
    check_glob(binder, pattern, *place);
  }
  for (const ParityMapping& mapping : manifest.parity.map) {
    check_mapping(manifest, mapping, *place, binder);
  }
  for (const ParityWaiver& waiver : manifest.parity.allow) {
    for (const std::string* pattern :
         {&waiver.what, &waiver.environments, &waiver.regions, &waiver.edges, &waiver.tenants, &waiver.assets}) {
      check_glob(binder, *pattern, *place);
    }
  }
}

}  // namespace cachewitness::manifest
