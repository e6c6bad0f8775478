// Publishing: a judgement to files, to standard output and to an exit code.
#pragma once

#include <string>

#include "app/options.h"
#include "app/ports.h"
#include "base/result.h"
#include "report/report.h"

namespace cachewitness::app {

// One file, whole or not at all. "-" is standard output.
[[nodiscard]] base::Result<void> write_file(const Ports& ports, const std::string& path, const std::string& text);

// Writes every report that `outputs` names. The first error is returned after all were tried: one full disk
// must not cost the reports that lie on another.
[[nodiscard]] base::Result<void> write_reports(const Ports& ports, const OutputOptions& outputs,
                                               const report::Run& run);

// What --format asks for, on standard output.
void print_report(const Ports& ports, const CommonOptions& common, const OutputOptions& outputs,
                  const report::Run& run);

// Whether one of the outputs is standard output: a pipe that reads one document cannot take a second.
[[nodiscard]] bool takes_standard_output(const OutputOptions& outputs);

// How a person's page looks on this terminal.
[[nodiscard]] report::TextStyle text_style(const Ports& ports, const CommonOptions& common);

// An output that cannot be written is known before the first probe, not after the last.
[[nodiscard]] base::Result<void> check_writable(const Ports& ports, const OutputOptions& outputs);

}  // namespace cachewitness::app
