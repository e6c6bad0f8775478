// Expected digests from a file (`origin.expect: {from: FILE}`), as a stream of the same kinds as tenants:
// CSV or NDJSON with tenant, asset, variant, sha256 and etag.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "manifest/fault_list.h"
#include "manifest/manifest.h"
#include "manifest/record_reader.h"

namespace cachewitness::manifest {

class ExpectationReader {
 public:
  // Borrows `out`, to which it appends: Origin::expect.
  ExpectationReader(std::vector<Expectation>& out, ListFormat format, std::string file);

  void feed(std::string_view chunk) { records_.feed(chunk); }
  [[nodiscard]] bool has_given_up() const { return faults_.is_full(); }
  // Every fault, empty where all is well. A list without any expectation is a fault.
  [[nodiscard]] base::Errors finish();

 private:
  void take(std::span<const RecordField> fields, std::uint32_t line);

  std::vector<Expectation>& out_;
  FaultList faults_;
  RecordReader records_;
};

}  // namespace cachewitness::manifest
