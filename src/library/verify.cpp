#include "cachewitness/verify.h"

#include <exception>
#include <string>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "adapters/sigpipe_block.h"
#include "app/arm_command.h"
#include "app/judge_command.h"
#include "app/publish.h"
#include "app/purge_times.h"
#include "app/verification.h"
#include "app/version.h"
#include "library/library_ports.h"
#include "library/public_values.h"

namespace cachewitness {

namespace {

constexpr base::ErrorId bug{"bug", base::ExitCode::broken};

// Alternatives of a glob (base/text.h).
std::string alternatives(const std::vector<std::string>& globs) { return fmt::format("{}", fmt::join(globs, ",")); }

app::OutputOptions app_outputs(const Outputs& outputs) {
  return {outputs.report, outputs.evidence, outputs.html, outputs.junit, outputs.log};
}

app::CommonOptions common_options(const Manifest& manifest, const VerifyOptions& options) {
  app::CommonOptions made;
  made.manifest = manifest.path();
  made.manifest_text = manifest.text();
  made.narrowing = {options.environments, alternatives(options.tenants), alternatives(options.regions),
                    alternatives(options.edges), alternatives(options.assets)};
  made.timeout = options.timeout;
  made.progress = app::Show::never;
  return made;
}

app::VerifyOptions app_options(const Manifest& manifest, const VerifyOptions& options) {
  app::VerifyOptions made;
  made.common = common_options(manifest, options);
  made.outputs = app_outputs(options.outputs);
  made.baseline = options.baseline;
  made.is_fail_fast = options.fail_fast;
  return made;
}

base::Result<app::PurgeRecord> purge_record(const app::Ports& ports, const VerifyOptions& options,
                                            plan::Narrowing& narrowing) {
  if (!options.purge_journal.empty()) {
    if (options.purge_requested_at || options.purge_acknowledged_at) {
      return base::fail(base::errors::usage,
                        "purge_journal has the times; leave purge_requested_at and "
                        "purge_acknowledged_at empty");
    }
    return app::read_purge_record(ports, options.purge_journal, narrowing);
  }
  if (!options.purge_requested_at) {
    return options.purge_acknowledged_at
               ? base::fail(base::errors::usage, "purge_acknowledged_at needs purge_requested_at, the time before it")
               : base::Result<app::PurgeRecord>(app::PurgeRecord{});
  }
  const base::Instant requested_at = library::instant(*options.purge_requested_at);
  const base::Instant acknowledged_at =
      library::instant(options.purge_acknowledged_at.value_or(*options.purge_requested_at));
  if (acknowledged_at < requested_at) {
    return base::fail(base::errors::usage, "purge_acknowledged_at is before purge_requested_at");
  }
  auto checked = app::parse_purge_times(base::rfc3339(requested_at, 9), ports.clock.wall());
  if (!checked) {
    return std::unexpected(std::move(checked).error());
  }
  checked->acknowledged_at = acknowledged_at;
  checked->source = "purge_requested_at";
  return app::PurgeRecord{std::move(*checked)};
}

Errors errors_of(const base::Errors& errors) { return library::public_errors(errors); }

Result<Baseline> arm(library::LibraryPorts& surroundings, const app::ArmOptions& options) {
  const auto recorded = app::record_baseline(surroundings.ports(), options);
  if (!recorded) {
    return errors_of(recorded.error());
  }
  return Baseline{recorded->planned,
                  recorded->recorded,
                  recorded->held,
                  recorded->unanswered,
                  recorded->why_incomplete,
                  surroundings.warnings(),
                  static_cast<int>(recorded->exit_code)};
}

Result<Report> verify(library::LibraryPorts& surroundings, const Manifest& manifest, const VerifyOptions& options) {
  const app::Ports ports = surroundings.ports();
  app::VerifyOptions settings = app_options(manifest, options);
  auto purge = purge_record(ports, options, settings.common.narrowing);
  if (!purge) {
    return errors_of({purge.error()});
  }
  if (auto writable = app::check_writable(ports, settings.outputs); !writable) {
    return errors_of({writable.error()});
  }
  app::Verification verification(ports, settings, std::move(*purge));
  const int code = verification.run();
  if (!verification.has_report()) {
    return errors_of(verification.errors());
  }
  Report report = library::public_report(verification.report());
  report.unwritten = library::public_errors(verification.errors());
  report.warnings = surroundings.warnings();
  report.exit_code = code;
  return report;
}

Result<Report> judge(library::LibraryPorts& surroundings, const std::string& evidence, const Outputs& outputs) {
  const app::Ports ports = surroundings.ports();
  const auto judged = app::judge_file(ports.files, evidence);
  if (!judged) {
    return errors_of({judged.error()});
  }
  const report::Run run = judged->run();
  Report report = library::public_report(run);
  if (const auto written = app::write_reports(ports, app_outputs(outputs), app::renderings_of(run)); !written) {
    report.unwritten = library::public_errors({written.error()});
    report.exit_code = report.unwritten.front().exit_code;
  }
  return report;
}

// What every call has around it. Our code does not throw; what a library of ours throws is a bug, and no reason to
// end the caller's process.
template <typename Job>
auto in_surroundings(std::stop_token stop, const Job& job) -> decltype(job(std::declval<library::LibraryPorts&>())) {
  try {
    const adapters::SigpipeBlock no_signals;
    auto surroundings = library::LibraryPorts::make(std::move(stop));
    if (!surroundings) {
      return errors_of({surroundings.error()});
    }
    return job(**surroundings);
  } catch (const std::exception& thrown) {
    return errors_of({{bug, fmt::format("please report this: {}", thrown.what()), std::nullopt}});
  }
}

}  // namespace

inline namespace v0 {

std::string_view version() noexcept { return app::version; }

Result<Report> verify_invalidation(const Manifest& manifest, const VerifyOptions& options, std::stop_token stop) {
  return in_surroundings(std::move(stop),
                         [&](library::LibraryPorts& surroundings) { return verify(surroundings, manifest, options); });
}

Result<Baseline> record_baseline(const Manifest& manifest, const std::string& file, const VerifyOptions& options,
                                 std::stop_token stop) {
  return in_surroundings(std::move(stop), [&](library::LibraryPorts& surroundings) {
    return arm(surroundings, {common_options(manifest, options), file, false});
  });
}

Result<Report> judge_evidence(const std::string& evidence, const Outputs& outputs) {
  return in_surroundings({},
                         [&](library::LibraryPorts& surroundings) { return judge(surroundings, evidence, outputs); });
}

}  // namespace v0

}  // namespace cachewitness
