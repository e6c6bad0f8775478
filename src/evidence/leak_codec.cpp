#include "evidence/leak_codec.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>

#include "evidence/bytes_member.h"
#include "evidence/json_object.h"

namespace cachewitness::evidence {

namespace {

// In the order of the enumerators.
constexpr std::array<std::string_view, 5> step_names{"first", "again", "other", "prime", "ask"};
constexpr std::array<std::string_view, 3> mark_names{"tenant", "canary", "private"};
constexpr std::array<std::string_view, 3> check_names{name(manifest::LeakCheck::cross_tenant),
                                                      name(manifest::LeakCheck::poisoning),
                                                      name(manifest::LeakCheck::deception)};

template <typename Enum, std::size_t size>
Enum read_name(const JsonObject& object, std::string_view key, const std::array<std::string_view, size>& names) {
  const auto found = std::ranges::find(names, object.word(key));
  if (found == names.end()) {
    object.fault(key, "one of the words that docs/evidence.md lists");
    return Enum{};
  }
  return static_cast<Enum>(found - names.begin());
}

void append_surroundings(base::JsonWriter& json, std::string_view key, const manifest::Surroundings& surroundings) {
  json.begin_object(key);
  json.member("before", surroundings.before);
  json.member("after", surroundings.after);
  json.end_object();
}

manifest::Surroundings read_surroundings(const JsonObject& object) {
  return {object.bytes("before"), object.bytes("after")};
}

}  // namespace

std::string_view name(LeakProbe::Step step) { return step_names.at(static_cast<std::size_t>(step)); }

void append_marker(base::JsonWriter& json, const manifest::TenantMarker& marker) {
  json.begin_object("marker");
  json.member("header", marker.header);
  append_surroundings(json, "value", marker.value);
  if (marker.body) {
    append_surroundings(json, "body", *marker.body);
  }
  json.end_object();
}

manifest::TenantMarker read_marker(const JsonObject& object) {
  manifest::TenantMarker marker;
  marker.header = object.bytes("header");
  marker.value = read_surroundings(object.object("value"));
  if (object.has("body")) {
    marker.body = read_surroundings(object.object("body"));
  }
  return marker;
}

void append_leak_probe(base::JsonWriter& json, const LeakProbe& probe) {
  json.begin_object("leak");
  json.member("check", name(probe.check));
  json.member("step", name(probe.step));
  if (!probe.header.empty()) {
    json.member("header", probe.header);
    json.member("canary", probe.canary);
  }
  if (!probe.other_tenant.empty()) {
    append_bytes(json, "other_tenant", probe.other_tenant);
  }
  json.end_object();
}

LeakProbe read_leak_probe(const JsonObject& object) {
  LeakProbe probe;
  probe.check = read_name<manifest::LeakCheck>(object, "check", check_names);
  probe.step = read_name<LeakProbe::Step>(object, "step", step_names);
  probe.header = object.bytes_if_present("header");
  probe.canary = object.bytes_if_present("canary");
  probe.other_tenant = object.bytes_if_present("other_tenant");
  return probe;
}

void append_marks(base::JsonWriter& json, const std::vector<BodyMark>& marks) {
  if (marks.empty()) {
    return;
  }
  json.begin_array("marks");
  for (const BodyMark& mark : marks) {
    json.begin_object();
    json.member("kind", mark_names.at(static_cast<std::size_t>(mark.kind)));
    append_bytes(json, "text", mark.text);
    json.end_object();
  }
  json.end_array();
}

std::vector<BodyMark> read_marks(const JsonObject& body) {
  std::vector<BodyMark> marks;
  body.each_object("marks", [&](const JsonObject& object) {
    marks.push_back({read_name<BodyMark::Kind>(object, "kind", mark_names), object.bytes("text")});
  });
  return marks;
}

}  // namespace cachewitness::evidence
