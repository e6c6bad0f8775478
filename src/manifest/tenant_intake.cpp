#include "manifest/tenant_intake.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"
#include "manifest/check_http.h"
#include "manifest/fault_ids.h"
#include "manifest/url_parts.h"

namespace cachewitness::manifest {

namespace {

constexpr std::size_t longest_id = 512;
constexpr std::size_t longest_value = 4096;

// Cheaper than base::printable, which is asked only where there is something to see.
bool is_plain_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= 0x20 && c < 0x7F; });
}

bool is_clean(std::string_view text) { return is_plain_ascii(text) || base::printable(text, text.size()) == text; }

std::string_view attribute_of(const TenantRow& row, std::string_view name) {
  const auto found = std::ranges::find(row.attributes, name, &TenantRow::Attribute::name);
  return found == row.attributes.end() ? std::string_view{} : found->value;
}

std::string_view first_region(const Environment& environment) {
  return environment.regions.empty() ? std::string_view{} : std::string_view(environment.regions.front().name);
}

const Edge* first_edge(const Environment& environment) {
  const bool has_edge = !environment.regions.empty() && !environment.regions.front().edges.empty();
  return has_edge ? &environment.regions.front().edges.front() : nullptr;
}

}  // namespace

TenantIntake::TenantIntake(Manifest& manifest, FaultList& faults)
    : manifest_(manifest), faults_(faults), is_checking_urls_(faults.empty()) {
  for (const Environment& environment : manifest.environments) {
    need(environment.url, environment.name, "url");
    need(environment.origin.host, environment.name, "origin.host");
    need(environment.tls.server_name, environment.name, "tls.server_name");
  }
}

void TenantIntake::need(const UrlTemplate& pattern, std::string_view environment, std::string_view key) {
  for (const UrlTemplate::Piece& piece : pattern.pieces()) {
    const bool is_asked = piece.kind == UrlTemplate::Piece::Kind::tenant && piece.text != "id";
    if (is_asked && std::ranges::find(needed_, piece.text, &Needed::name) == needed_.end()) {
      needed_.push_back({piece.text, fmt::format("environments.{}.{}", environment, key)});
    }
  }
}

std::string TenantIntake::row_fault(const TenantRow& row) const {
  if (row.id.empty()) {
    return "a tenant without an id";
  }
  if (row.id.size() > longest_id) {
    return fmt::format("an id of more than {} bytes", longest_id);
  }
  if (!is_clean(row.id)) {
    return fmt::format("control or invisible characters in the id \"{}\"", base::printable(row.id, 80));
  }
  for (const auto& [name, value] : row.attributes) {
    if (value.size() > longest_value || !is_clean(value)) {
      return fmt::format("tenant \"{}\": {} in \"{}\"", base::printable(row.id, 80),
                         value.size() > longest_value ? "more than 4 KiB" : "control or invisible characters",
                         base::printable(name, 60));
    }
    if (name == "host" && !is_valid_authority(value)) {
      return fmt::format("tenant \"{}\": the host \"{}\" is not a valid host name", base::printable(row.id, 80),
                         base::printable(value, 80));
    }
  }
  for (const std::string_view asset : row.assets) {
    if (const std::string fault = asset_fault(asset); !fault.empty()) {
      return fmt::format("tenant \"{}\": bad asset \"{}\": {}", base::printable(row.id, 80), base::printable(asset, 80),
                         fault);
    }
  }
  const auto bad_tag = std::ranges::find_if_not(row.tags, is_clean);
  return bad_tag == row.tags.end()
             ? std::string()
             : fmt::format("tenant \"{}\": control or invisible characters in a tag", base::printable(row.id, 80));
}

bool TenantIntake::has_what_is_needed(const TenantRow& row, std::uint32_t line, std::uint32_t column) {
  for (const Needed& needed : needed_) {
    if (attribute_of(row, needed.name).empty()) {
      faults_.add(faults::missing_attribute,
                  fmt::format("tenant \"{}\" has no \"{}\", which {} needs", base::printable(row.id, 80),
                              base::printable(needed.name, 60), base::printable(needed.asked_by, 120)),
                  line, column);
      return false;
    }
  }
  return true;
}

void TenantIntake::check_urls(TenantId tenant, std::uint32_t line, std::uint32_t column) {
  for (const Environment& environment : manifest_.environments) {
    TemplateValues values;
    values.environment = environment.name;
    values.region = first_region(environment);
    values.edge = first_edge(environment);
    values.tenants = &manifest_.tenants;
    values.tenant = tenant;
    values.asset = "/";
    url_.clear();
    append_rendered(environment.url, values, url_);
    const auto parts = split_url(url_);
    const bool lacks_tls = parts && !parts->is_tls && asks_for_http3(environment);
    if (!parts || lacks_tls) {
      faults_.add(
          faults::bad_tenant,
          fmt::format("tenant \"{}\": its URL in environment \"{}\" would be \"{}\": {}",
                      base::printable(manifest_.tenants.id(tenant), 80), environment.name, base::printable(url_, 160),
                      lacks_tls ? "HTTP/3 is spoken over TLS alone (https://)" : parts.error()),
          line, column);
      return;
    }
  }
}

void TenantIntake::take(const TenantRow& row, std::uint32_t line, std::uint32_t column) {
  if (std::string fault = row_fault(row); !fault.empty()) {
    faults_.add(faults::bad_tenant, std::move(fault), line, column);
    return;
  }
  if (!has_what_is_needed(row, line, column)) {
    return;
  }
  const TenantId tenant{static_cast<std::uint32_t>(manifest_.tenants.size())};
  if (!manifest_.tenants.add(row)) {
    const auto first = manifest_.tenants.find(row.id);
    faults_.add(faults::duplicate_tenant,
                fmt::format("tenant \"{}\" is here twice; the first is in line {}", base::printable(row.id, 80),
                            lines_[first->index()]),
                line, column);
    return;
  }
  lines_.push_back(line);
  if (is_checking_urls_) {
    check_urls(tenant, line, column);
  }
}

}  // namespace cachewitness::manifest
