// Tenants from a file or a program, as a stream: the app feeds what it reads (ports/files.h,
// ports/processes.h), this layer makes tenants of it. A million in under two seconds.
//
// CSV: a header row with `id`; `host`, `tags` and `assets` (words separated by ';' or spaces) are known,
// any further column is an attribute. NDJSON (`cachewitness.tenants/v1`): an object a line, `tags` and
// `assets` are lists of strings.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/error.h"
#include "manifest/fault_list.h"
#include "manifest/manifest.h"
#include "manifest/record_reader.h"
#include "manifest/tenant_intake.h"

namespace cachewitness::manifest {

class TenantReader {
 public:
  // Borrows `manifest`, whose `tenants` it fills. `file` is for messages: the path, or the program's name.
  TenantReader(Manifest& manifest, ListFormat format, std::string file);

  // Chunks of any size, cut anywhere.
  void feed(std::string_view chunk) { records_.feed(chunk); }
  // After so many faults the rest is not read any more: stop feeding, and call finish().
  [[nodiscard]] bool has_given_up() const { return faults_.is_full(); }
  // Every fault, empty where all is well. A list without any tenant is a fault.
  [[nodiscard]] base::Errors finish();

 private:
  void take(std::span<const RecordField> fields, std::uint32_t line);

  Manifest& manifest_;
  FaultList faults_;
  TenantIntake intake_;
  RecordReader records_;
  TenantRow row_;  // reused
};

}  // namespace cachewitness::manifest
