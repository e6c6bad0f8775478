#include "manifest/check_manifest.h"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <unordered_map>
#include <unordered_set>

#include <fmt/format.h>

#include "base/text.h"
#include "manifest/check_http.h"
#include "manifest/fault_ids.h"
#include "manifest/leak_keys.h"
#include "manifest/mask_keys.h"
#include "manifest/parity_keys.h"
#include "manifest/purge_providers.h"
#include "manifest/reach_keys.h"
#include "manifest/url_parts.h"

namespace cachewitness::manifest {

namespace {

using PieceKind = UrlTemplate::Piece::Kind;

// The node at the end of a path of keys, or the last one on the way that is there.
const YamlNode& node_at(const YamlNode& root, std::initializer_list<std::string_view> path) {
  const YamlNode* node = &root;
  for (const std::string_view key : path) {
    const YamlNode* next = node->find(key);
    if (next == nullptr) {
      break;
    }
    node = next;
  }
  return *node;
}

void check_edge_names(const Environment& environment, Binder& binder) {
  std::unordered_map<std::string_view, std::uint32_t> lines;
  for (const Region& region : environment.regions) {
    for (const Edge& edge : region.edges) {
      const auto [first, is_new] = lines.emplace(edge.name, edge.where.line);
      if (!is_new && !edge.name.empty()) {
        binder.fault(faults::duplicate_name,
                     fmt::format("edge \"{}\" is in environment \"{}\" twice; the first is in line {}", edge.name,
                                 environment.name, first->second),
                     edge.where.line, edge.where.column);
      }
    }
  }
}

bool has_attribute(const Edge& edge, std::string_view name) {
  constexpr std::array<std::string_view, 3> always{"name", "host", "address"};
  if (std::ranges::find(always, name) != always.end()) {
    return true;
  }
  if (name == "port") {
    return edge.port != 0;
  }
  return name == "provider" ? !edge.provider.empty()
                            : std::ranges::find(edge.attributes, name, &std::pair<std::string, std::string>::first) !=
                                  edge.attributes.end();
}

void check_edge_references(const Environment& environment, const UrlTemplate& pattern, std::string_view key,
                           Binder& binder) {
  for (const UrlTemplate::Piece& piece : pattern.pieces()) {
    if (piece.kind != PieceKind::edge) {
      continue;
    }
    for (const Region& region : environment.regions) {
      const auto lacking =
          std::ranges::find_if_not(region.edges, [&](const Edge& edge) { return has_attribute(edge, piece.text); });
      if (lacking != region.edges.end()) {
        binder.fault(faults::bad_template,
                     fmt::format("edge \"{}\" has no \"{}\", which \"{}\" of environment \"{}\" needs", lacking->name,
                                 base::printable(piece.text, 60), key, environment.name),
                     lacking->where.line, lacking->where.column);
        break;
      }
    }
  }
}

void check_url(const Manifest& manifest, const Environment& environment, const YamlNode& root, Binder& binder) {
  const UrlTemplate& url = environment.url;
  const YamlNode& place = node_at(root, {"environments", environment.name, "url"});
  if (url.empty()) {
    return;
  }
  if (!url.uses(PieceKind::asset) && manifest.assets.size() > 1) {
    binder.fault(faults::bad_template,
                 fmt::format("the URL of environment \"{}\" does not use {{asset}}, so its {} assets would be one; "
                             "write for example \"https://{{tenant.host}}{{asset}}\"",
                             environment.name, manifest.assets.size()),
                 place);
  }
  for (const PieceKind kind : {PieceKind::region, PieceKind::edge}) {
    if (url.uses(kind) && !url.uses_in_authority(kind)) {
      binder.fault(
          faults::bad_template,
          fmt::format("the path of environment \"{}\" depends on the {}, but the origin is asked once for all; "
                      "put the reference into the host",
                      environment.name, kind == PieceKind::region ? "region" : "edge"),
          place);
    }
  }
}

void check_truth(const Environment& environment, const YamlNode& root, Binder& binder) {
  const Origin& origin = environment.origin;
  const YamlNode& place = node_at(root, {"environments", environment.name, "origin"});
  const bool is_given = place.find("replicas") != nullptr || place.find("expect") != nullptr;
  if (node_at(root, {"environments", environment.name}).find("origin") != nullptr && !is_given) {
    binder.fault(faults::missing_key,
                 fmt::format("the origin of environment \"{}\" needs \"replicas\" to ask or \"expect\" to go by",
                             environment.name),
                 place);
  }
  std::unordered_map<std::string_view, std::uint32_t> lines;
  for (const OriginReplica& replica : origin.replicas) {
    const auto [first, is_new] = lines.emplace(replica.url, replica.where.line);
    if (!is_new) {
      binder.fault(faults::duplicate_name,
                   fmt::format("replica \"{}\" is here twice; the first is in line {}", replica.url, first->second),
                   replica.where.line, replica.where.column);
    }
  }
}

void check_assets(const Manifest& manifest, const YamlNode& root, Binder& binder) {
  const YamlNode& list = node_at(root, {"assets"});
  if (list.kind != YamlNode::Kind::sequence) {
    return;  // told already
  }
  const std::unordered_set<std::string_view> bound(manifest.assets.begin(), manifest.assets.end());
  std::unordered_map<std::string_view, std::uint32_t> lines;
  for (const YamlNode& node : list.children) {
    if (!bound.contains(node.text)) {
      continue;  // not text: told already
    }
    if (const std::string fault = asset_fault(node.text); !fault.empty()) {
      binder.fault(faults::bad_value, fmt::format("bad asset \"{}\": {}", base::printable(node.text, 80), fault), node);
    }
    if (const auto [first, is_new] = lines.emplace(node.text, node.line); !is_new) {
      binder.fault(faults::duplicate_name,
                   fmt::format("asset \"{}\" is here twice; the first is in line {}", base::printable(node.text, 80),
                               first->second),
                   node);
    }
  }
}

void check_checks(const Manifest& manifest, Binder& binder) {
  std::unordered_map<std::string_view, std::uint32_t> lines;
  for (const Check& check : manifest.checks) {
    const auto [first, is_new] = lines.emplace(check.name, check.where.line);
    if (!is_new && !check.name.empty()) {
      binder.fault(faults::duplicate_name,
                   fmt::format("check \"{}\" is here twice; the first is in line {}", check.name, first->second),
                   check.where.line, check.where.column);
    }
  }
}

void check_variants(const Manifest& manifest, const YamlNode& root, Binder& binder) {
  for (const Variant& variant : manifest.variants) {
    std::unordered_set<std::string_view> seen;
    for (const VariantHeader& header : variant.headers) {
      if (!seen.insert(header.name).second) {
        binder.fault(faults::duplicate_name,
                     fmt::format("the header \"{}\" is in variant \"{}\" twice; upper and lower case are one",
                                 header.name, variant.name),
                     node_at(root, {"variants", variant.name, "headers"}));
      }
    }
  }
}

}  // namespace

void check_manifest(const Manifest& manifest, const YamlNode& root, const Features& features, Binder& binder) {
  for (const Environment& environment : manifest.environments) {
    check_edge_names(environment, binder);
    check_edge_references(environment, environment.url, "url", binder);
    check_edge_references(environment, environment.origin.host, "origin.host", binder);
    check_edge_references(environment, environment.tls.server_name, "tls.server_name", binder);
    check_url(manifest, environment, root, binder);
    check_truth(environment, root, binder);
    check_reach(environment, binder);
    check_http(environment, node_at(root, {"environments", environment.name}), features, binder);
    if (environment.purge) {
      for (const UrlTemplate& alias : environment.purge->aliases) {
        check_edge_references(environment, alias, "purge.aliases", binder);
      }
      check_purge(*environment.purge, node_at(root, {"environments", environment.name, "purge"}), binder);
    }
  }
  check_assets(manifest, root, binder);
  check_checks(manifest, binder);
  check_leaks(manifest, root, binder);
  check_masks(manifest.policy, root, binder);
  check_parity(manifest, root, binder);
  check_variants(manifest, root, binder);
}

}  // namespace cachewitness::manifest
