// Publishing: a judgement to files, to standard output and to an exit code.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "app/options.h"
#include "app/ports.h"
#include "base/result.h"
#include "report/parity_report.h"
#include "report/report.h"

namespace cachewitness::app {

// One file, whole or not at all. "-" is standard output.
[[nodiscard]] base::Result<void> write_file(const Ports& ports, const std::string& path, const std::string& text);

// One result in each form that can be asked for; made only where it is.
struct Renderings {
  std::function<std::string()> json;
  std::function<std::string()> html;
  std::function<std::string()> junit;
  std::function<std::string()> github;
  std::function<std::string()> outcome;
  std::function<std::string(const report::TextStyle& style, std::string_view report_path)> text;
};
// Each borrows its run.
[[nodiscard]] Renderings renderings_of(const report::Run& run);
[[nodiscard]] Renderings renderings_of(const report::ParityRun& run);

// Writes every report that `outputs` names. The first error is returned after all were tried: one full disk
// must not cost the reports that lie on another.
[[nodiscard]] base::Result<void> write_reports(const Ports& ports, const OutputOptions& outputs,
                                               const Renderings& renderings);

// What --format asks for, on standard output.
void print_report(const Ports& ports, const CommonOptions& common, const OutputOptions& outputs,
                  const Renderings& renderings);

// An output that cannot be written is known before the first probe, not after the last.
[[nodiscard]] base::Result<void> check_writable(const Ports& ports, const OutputOptions& outputs);

}  // namespace cachewitness::app
