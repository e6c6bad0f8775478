#include "manifest/tenant_source.h"

#include <utility>

#include "manifest/fault_ids.h"

namespace cachewitness::manifest {

TenantReader::TenantReader(Manifest& manifest, ListFormat format, std::string file)
    : manifest_(manifest),
      faults_(std::move(file)),
      intake_(manifest, faults_),
      records_({.format = format, .schema = "cachewitness.tenants/v1", .required_columns = {"id"}, .known_columns = {}},
               faults_, [this](std::span<const RecordField> fields, std::uint32_t line) { take(fields, line); }) {}

void TenantReader::take(std::span<const RecordField> fields, std::uint32_t line) {
  row_.id = {};
  row_.attributes.clear();
  row_.tags.clear();
  row_.assets.clear();
  for (const RecordField& field : fields) {
    if (field.name == "tags") {
      field.append_words(row_.tags);
    } else if (field.name == "assets") {
      field.append_words(row_.assets);
    } else if (field.is_list) {
      faults_.add(faults::bad_record, "only \"tags\" and \"assets\" are lists; write any other field as a string",
                  line);
      return;
    } else if (field.name == "id") {
      row_.id = field.value;
    } else if (!field.value.empty()) {
      row_.attributes.push_back({field.name, field.value});
    }
  }
  intake_.take(row_, line);
}

base::Errors TenantReader::finish() {
  records_.finish();
  if (faults_.empty() && manifest_.tenants.size() == 0) {
    faults_.add(faults::bad_record, "no tenant in the list; without tenants nothing can be verified", 1);
  }
  return faults_.take();
}

}  // namespace cachewitness::manifest
