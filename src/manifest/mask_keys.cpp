#include "manifest/mask_keys.h"

#include <cstddef>
#include <string>

#include <fmt/format.h>
#include <re2/re2.h>

#include "base/text.h"
#include "manifest/fault_ids.h"

namespace cachewitness::manifest {

namespace {

// Empty where there is nothing wrong.
std::string pattern_fault(const std::string& pattern) {
  RE2::Options options(RE2::Latin1);  // bodies are bytes
  options.set_log_errors(false);
  const RE2 compiled(pattern, options);
  if (!compiled.ok()) {
    return fmt::format("the pattern does not read as RE2: {}", base::printable(compiled.error(), 120));
  }
  return RE2::FullMatch("", compiled)
             ? "the pattern matches the empty text, which masks nothing; write what must be there"
             : "";
}

std::string mask_fault(const BodyMask& mask) {
  const bool has_texts = !mask.begin.empty() || !mask.end.empty();
  if (mask.pattern.empty() != has_texts) {
    return "a mask is either a \"pattern\", or a \"begin\" and an \"end\"";
  }
  if (has_texts && (mask.begin.empty() || mask.end.empty())) {
    return fmt::format("the mask has no \"{}\"; both texts are needed", mask.begin.empty() ? "begin" : "end");
  }
  return has_texts ? "" : pattern_fault(mask.pattern);
}

}  // namespace

const Table& mask_table() {
  static const Shape text{.kind = Shape::Kind::text};
  static const Table table{
      "a mask",
      {
          key<&BodyMask::pattern>("pattern", text, "", "Regular expression (RE2) over the decoded body."),
          key<&BodyMask::begin>("begin", text, "", "Text that a masked part starts with."),
          key<&BodyMask::end>("end", text, "", "Text that it ends with; without it nothing is masked."),
      }};
  return table;
}

void check_masks(const Policy& policy, const YamlNode& root, Binder& binder) {
  const YamlNode* keys = root.find("policy");
  const YamlNode* list = keys == nullptr ? nullptr : keys->find("mask");
  if (list == nullptr || list->children.size() != policy.mask.size()) {
    return;  // none, or told already
  }
  for (std::size_t i = 0; i < policy.mask.size(); ++i) {
    if (const std::string fault = mask_fault(policy.mask[i]); !fault.empty()) {
      binder.fault(faults::bad_value, fault, list->children[i]);
    }
  }
  if (!policy.mask.empty() && policy.body != BodyPolicy::hash) {
    binder.fault(faults::bad_value, "a mask needs bodies to be hashed; write \"body: hash\", or leave \"mask\" out",
                 *list);
  }
}

}  // namespace cachewitness::manifest
