#include "manifest/expectation_source.h"

#include <utility>

#include <fmt/format.h>

#include "base/text.h"
#include "manifest/fault_ids.h"
#include "manifest/glob.h"
#include "manifest/url_parts.h"

namespace cachewitness::manifest {

namespace {

// Empty where the expectation can be held against an answer.
std::string expectation_fault(const Expectation& expectation, std::string_view digest) {
  if (const std::string fault = asset_fault(expectation.asset); !fault.empty()) {
    return fmt::format("bad asset \"{}\": {}", base::printable(expectation.asset, 80), fault);
  }
  if (!digest.empty() && !expectation.sha256) {
    return fmt::format("\"{}\" is not a SHA-256; expected 64 hexadecimal digits", base::printable(digest, 80));
  }
  if (digest.empty() && expectation.etag.empty()) {
    return "an expectation needs \"sha256\" or \"etag\"";
  }
  if (base::printable(expectation.etag, expectation.etag.size()) != expectation.etag) {
    return "control or invisible characters in \"etag\"";
  }
  for (const std::string& glob : {expectation.tenant, expectation.variant}) {
    if (const std::string fault = glob_fault(glob); !fault.empty()) {
      return fmt::format("bad glob \"{}\": {}", base::printable(glob, 80), fault);
    }
  }
  return {};
}

}  // namespace

ExpectationReader::ExpectationReader(std::vector<Expectation>& out, ListFormat format, std::string file)
    : out_(out),
      faults_(std::move(file)),
      records_({.format = format,
                .schema = "cachewitness.expectations/v1",
                .required_columns = {"asset"},
                .known_columns = {"tenant", "asset", "variant", "sha256", "etag"}},
               faults_, [this](std::span<const RecordField> fields, std::uint32_t line) { take(fields, line); }) {}

void ExpectationReader::take(std::span<const RecordField> fields, std::uint32_t line) {
  Expectation expectation;
  std::string_view digest;
  for (const RecordField& field : fields) {
    if (field.is_list) {
      faults_.add(faults::bad_expectation, fmt::format("\"{}\" is a list; expected a string", field.name), line);
      return;
    }
    if (field.value.empty()) {
      continue;
    }
    if (field.name == "tenant") {
      expectation.tenant = field.value;
    } else if (field.name == "asset") {
      expectation.asset = field.value;
    } else if (field.name == "variant") {
      expectation.variant = field.value;
    } else if (field.name == "etag") {
      expectation.etag = field.value;
    } else {
      digest = field.value;
      expectation.sha256 = base::parse_digest(digest);
    }
  }
  if (std::string fault = expectation_fault(expectation, digest); !fault.empty()) {
    faults_.add(faults::bad_expectation, std::move(fault), line);
    return;
  }
  out_.push_back(std::move(expectation));
}

base::Errors ExpectationReader::finish() {
  records_.finish();
  if (faults_.empty() && out_.empty()) {
    faults_.add(faults::bad_expectation, "no expectation in the list", 1);
  }
  return faults_.take();
}

}  // namespace cachewitness::manifest
