#include "app/publish.h"

#include <algorithm>
#include <initializer_list>
#include <string>
#include <utility>

#include <fmt/format.h>

namespace cachewitness::app {

bool takes_standard_output(const OutputOptions& outputs) {
  const auto& paths = {outputs.report, outputs.evidence, outputs.html, outputs.junit, outputs.log};
  return std::ranges::find(paths, "-") != paths.end();
}

report::TextStyle text_style(const Ports& ports, const CommonOptions& common) {
  report::TextStyle style;
  style.color = common.has_color && ports.console.out_is_terminal() &&
                ports.environment.variable("NO_COLOR").value_or("").empty();
  style.width = ports.console.width();
  style.verbose = common.is_verbose;
  return style;
}

base::Result<void> write_file(const Ports& ports, const std::string& path, const std::string& text) {
  auto file = ports.files.replace(path);
  if (!file) {
    return std::unexpected(std::move(file).error());
  }
  if (auto written = (*file)->write(text); !written) {
    return written;
  }
  return (*file)->close();
}

base::Result<void> write_reports(const Ports& ports, const OutputOptions& outputs, const report::Run& run) {
  base::Result<void> result;
  const auto write = [&](const std::string& path, std::string (*render)(const report::Run&)) {
    if (path.empty()) {
      return;
    }
    auto written = write_file(ports, path, render(run));
    if (!written && result) {
      result = std::move(written);
    }
  };
  write(outputs.report, report::render_json);
  write(outputs.html, report::render_html);
  write(outputs.junit, report::render_junit);
  return result;
}

void print_report(const Ports& ports, const CommonOptions& common, const OutputOptions& outputs,
                  const report::Run& run) {
  if (takes_standard_output(outputs)) {
    return;
  }
  if (common.format == Format::json) {
    ports.console.out(report::render_json(run));
    return;
  }
  if (common.format == Format::github) {
    ports.console.out(report::render_github(run));
    return;
  }
  if (common.is_quiet) {
    ports.console.out(report::outcome(run) + "\n");
    return;
  }
  ports.console.out(report::render_text(run, text_style(ports, common), outputs.report));
}

base::Result<void> check_writable(const Ports& ports, const OutputOptions& outputs) {
  for (const std::string& path : {outputs.report, outputs.html, outputs.junit, outputs.log}) {
    if (path.empty() || path == "-") {
      continue;
    }
    // Opened and dropped: `replace` leaves nothing behind when it is not closed.
    if (auto file = ports.files.replace(path); !file) {
      return std::unexpected(std::move(file).error());
    }
  }
  return {};
}

}  // namespace cachewitness::app
