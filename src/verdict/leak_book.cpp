#include "verdict/leak_book.h"

#include <algorithm>
#include <string>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "base/text.h"
#include "http/age.h"
#include "http/head.h"
#include "http/vendor_status.h"

namespace cachewitness::verdict {

namespace {

void add_once(std::vector<std::string>& names, std::string_view name) {
  if (!name.empty() && std::ranges::find(names, name) == names.end()) {
    names.emplace_back(name);
  }
}

// The id that the header's value names; empty where it is not of the marker's form.
std::string_view id_in(std::string_view value, const manifest::Surroundings& around) {
  const std::size_t fixed = around.before.size() + around.after.size();
  if (value.size() <= fixed || !value.starts_with(around.before) || !value.ends_with(around.after)) {
    return {};
  }
  return value.substr(around.before.size(), value.size() - fixed);
}

void read_head(const evidence::Response& response, const manifest::TenantMarker* marker, LeakSighting& out) {
  http::ResponseHead head;
  if (!http::parse_recorded_head(response.head, {}, head)) {
    return;
  }
  out.location = head.find("location").value_or("");
  out.content_type = head.find("content-type").value_or("");
  out.mark = http::read_vendor_status(head).mark;
  out.age_s = http::parse_age(head.find("age").value_or("")).value_or(-1);
  if (marker != nullptr && !marker->header.empty()) {
    add_once(out.tenants_named, id_in(head.find(marker->header).value_or(""), marker->value));
  }
}

void read_marks(const evidence::Body& body, std::string_view canary, LeakSighting& out) {
  for (const evidence::BodyMark& mark : body.marks) {
    switch (mark.kind) {
      case evidence::BodyMark::Kind::tenant:
        add_once(out.tenants_named, mark.text);
        break;
      case evidence::BodyMark::Kind::canary:
        out.has_canary = out.has_canary || (!canary.empty() && mark.text.starts_with(canary));
        break;
      case evidence::BodyMark::Kind::private_text:
        out.has_private_text = true;
        break;
    }
  }
}

}  // namespace

LeakSighting LeakBook::read(const evidence::Evidence& evidence) const {
  LeakSighting out;
  out.id = evidence.id;
  out.sent_at = evidence.sent_at;
  out.probe = evidence.leak;
  out.url = evidence.url;
  const evidence::Response* response = evidence.response();
  if (response == nullptr) {
    out.failure = fmt::format("{}: {}", base::name(evidence.failure()->cause), evidence.failure()->detail);
    return out;
  }
  out.status = response->status;
  out.digest = response->body.sha256;
  const std::string_view canary = evidence.leak ? std::string_view(evidence.leak->canary) : std::string_view{};
  read_head(*response, header_.marker ? &*header_.marker : nullptr, out);
  read_marks(response->body, canary, out);
  out.has_canary = out.has_canary || (!canary.empty() && base::lower_case(response->head).contains(canary));
  return out;
}

// Most answers do not, and nothing else is read of these.
bool LeakBook::names_another_tenant(const evidence::Evidence& evidence) const {
  const evidence::Response* response = evidence.response();
  if (!header_.marker || response == nullptr) {
    return false;
  }
  const std::string_view own = name_of(evidence.cell.tenant);
  const bool is_in_body = std::ranges::any_of(response->body.marks, [own](const evidence::BodyMark& mark) {
    return mark.kind == evidence::BodyMark::Kind::tenant && !mark.text.empty() && mark.text != own;
  });
  http::ResponseHead head;
  if (is_in_body || header_.marker->header.empty() || !http::parse_recorded_head(response->head, {}, head)) {
    return is_in_body;
  }
  const std::string named(id_in(head.find(header_.marker->header).value_or(""), header_.marker->value));
  return !named.empty() && named != own;
}

void LeakBook::add(const evidence::Evidence& evidence) {
  const std::size_t tenant = evidence.cell.tenant.index();
  if (tenant >= is_seen_.size()) {
    is_seen_.resize(tenant + 1);
  }
  is_seen_[tenant] = true;
  const bool is_telling = evidence.role == evidence::Role::leak ||
                          (evidence.role == evidence::Role::probe && names_another_tenant(evidence));
  if (!is_telling) {
    return;
  }
  LeakSighting sighting = read(evidence);
  auto& all = cells_[evidence.cell];
  const auto place = [](const LeakSighting& s) { return std::tuple(s.sent_at, s.id); };
  all.insert(std::ranges::upper_bound(all, place(sighting), {}, place), std::move(sighting));
}

std::span<const LeakSighting> LeakBook::of(const evidence::Cell& cell) const {
  const auto found = cells_.find(cell);
  return found == cells_.end() ? std::span<const LeakSighting>{} : found->second;
}

bool LeakBook::is_tenant(std::string_view id) const {
  const auto known = roster_.tenants.find(id);
  return known && *known < is_seen_.size() && is_seen_[*known];
}

}  // namespace cachewitness::verdict
