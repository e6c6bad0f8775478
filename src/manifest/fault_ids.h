// The ids of what may be wrong with a manifest or a list of tenants. All lead to exit code 2.
#pragma once

#include "base/error.h"

namespace cachewitness::manifest::faults {

using base::ErrorId;
using base::ExitCode;

// Of the text itself: not YAML as manifests are written.
inline constexpr ErrorId too_large{"manifest-too-large", ExitCode::usage};
inline constexpr ErrorId empty{"manifest-empty", ExitCode::usage};
inline constexpr ErrorId encoding{"manifest-encoding", ExitCode::usage};
inline constexpr ErrorId syntax{"manifest-syntax", ExitCode::usage};
inline constexpr ErrorId tab_indentation{"manifest-tab-indentation", ExitCode::usage};
inline constexpr ErrorId anchor_or_alias{"manifest-alias", ExitCode::usage};
inline constexpr ErrorId tag{"manifest-tag", ExitCode::usage};
inline constexpr ErrorId second_document{"manifest-second-document", ExitCode::usage};
inline constexpr ErrorId too_deep{"manifest-too-deep", ExitCode::usage};
inline constexpr ErrorId duplicate_key{"manifest-duplicate-key", ExitCode::usage};
// Of keys and values.
inline constexpr ErrorId unknown_key{"manifest-unknown-key", ExitCode::usage};
inline constexpr ErrorId missing_key{"manifest-missing-key", ExitCode::usage};
inline constexpr ErrorId wrong_type{"manifest-wrong-type", ExitCode::usage};
inline constexpr ErrorId bad_value{"manifest-bad-value", ExitCode::usage};
inline constexpr ErrorId out_of_range{"manifest-out-of-range", ExitCode::usage};
inline constexpr ErrorId literal_secret{"manifest-literal-secret", ExitCode::usage};
inline constexpr ErrorId bad_template{"manifest-bad-template", ExitCode::usage};
inline constexpr ErrorId duplicate_name{"manifest-duplicate-name", ExitCode::usage};
// What this build cannot do.
inline constexpr ErrorId unsupported{"manifest-unsupported", ExitCode::usage};
inline constexpr ErrorId too_many{"manifest-too-many-faults", ExitCode::usage};
// Of a list of tenants or expectations.
inline constexpr ErrorId bad_record{"list-bad-record", ExitCode::usage};
inline constexpr ErrorId bad_header{"list-bad-header", ExitCode::usage};
inline constexpr ErrorId bad_tenant{"tenant-bad-value", ExitCode::usage};
inline constexpr ErrorId missing_attribute{"tenant-missing-attribute", ExitCode::usage};
inline constexpr ErrorId duplicate_tenant{"tenant-duplicate", ExitCode::usage};
inline constexpr ErrorId bad_expectation{"expectation-bad-value", ExitCode::usage};

}  // namespace cachewitness::manifest::faults
