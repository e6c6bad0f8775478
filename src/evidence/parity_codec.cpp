#include "evidence/parity_codec.h"

#include <string>

#include "base/time.h"
#include "evidence/json_object.h"

namespace cachewitness::evidence {

void append_parity_rules(base::JsonWriter& json, const manifest::ParityRules& rules) {
  json.begin_object("parity");
  json.member("version", rules.version == manifest::ExpectedVersion::same ? "same" : "any");
  json.strings("ignore", rules.ignore);
  json.begin_array("map");
  for (const manifest::ParityMapping& mapping : rules.map) {
    json.begin_object();
    json.member("name", mapping.name);
    json.begin_array("values");
    for (const manifest::ParityText& value : mapping.values) {
      json.begin_object();
      json.member("environment", value.name);
      json.member("text", value.text);
      json.end_object();
    }
    json.end_array();
    json.end_object();
  }
  json.end_array();
  json.begin_array("allow");
  for (const manifest::ParityWaiver& waiver : rules.allow) {
    json.begin_object();
    json.member("what", waiver.what);
    json.member("environments", waiver.environments);
    json.member("regions", waiver.regions);
    json.member("edges", waiver.edges);
    json.member("tenants", waiver.tenants);
    json.member("assets", waiver.assets);
    if (waiver.until) {
      json.member("until", base::rfc3339(*waiver.until, 9));
    }
    json.end_object();
  }
  json.end_array();
  json.end_object();
}

manifest::ParityRules read_parity_rules(const JsonObject& object) {
  manifest::ParityRules rules;
  const std::string_view version = object.word("version");
  if (version != "same" && version != "any") {
    object.fault("version", "one of any, same");
  }
  rules.version = version == "same" ? manifest::ExpectedVersion::same : manifest::ExpectedVersion::any;
  object.each_word("ignore", [&](std::string_view glob) { rules.ignore.emplace_back(glob); });
  object.each_object("map", [&](const JsonObject& entry) {
    manifest::ParityMapping mapping{std::string(entry.word("name")), {}};
    entry.each_object("values", [&](const JsonObject& value) {
      mapping.values.push_back({std::string(value.word("environment")), std::string(value.word("text"))});
    });
    rules.map.push_back(std::move(mapping));
  });
  object.each_object("allow", [&](const JsonObject& entry) {
    rules.allow.push_back({std::string(entry.word("what")), std::string(entry.word("environments")),
                           std::string(entry.word("regions")), std::string(entry.word("edges")),
                           std::string(entry.word("tenants")), std::string(entry.word("assets")),
                           entry.instant_if_present("until")});
  });
  return rules;
}

}  // namespace cachewitness::evidence
