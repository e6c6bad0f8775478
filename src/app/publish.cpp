#include "app/publish.h"

#include <algorithm>
#include <initializer_list>
#include <string>
#include <utility>

#include <fmt/format.h>

namespace cachewitness::app {

namespace {

// A pipe that reads one document cannot take a second.
bool takes_standard_output(const OutputOptions& outputs) {
  const auto& paths = {outputs.report, outputs.evidence, outputs.html, outputs.junit, outputs.log};
  return std::ranges::find(paths, "-") != paths.end();
}

// How a person's page looks on this terminal.
report::TextStyle text_style(const Ports& ports, const CommonOptions& common) {
  report::TextStyle style;
  style.color = common.has_color && ports.console.out_is_terminal() &&
                ports.environment.variable("NO_COLOR").value_or("").empty();
  style.width = ports.console.width();
  style.verbose = common.is_verbose;
  return style;
}

}  // namespace

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

Renderings renderings_of(const report::Run& run) {
  return {.json = [&run] { return report::render_json(run); },
          .html = [&run] { return report::render_html(run); },
          .junit = [&run] { return report::render_junit(run); },
          .github = [&run] { return report::render_github(run); },
          .outcome = [&run] { return report::outcome(run); },
          .text = [&run](const report::TextStyle& style,
                         std::string_view report_path) { return report::render_text(run, style, report_path); }};
}

Renderings renderings_of(const report::ParityRun& run) {
  return {.json = [&run] { return report::render_parity_json(run); },
          .html = [&run] { return report::render_parity_html(run); },
          .junit = [&run] { return report::render_parity_junit(run); },
          .github = [&run] { return report::render_parity_github(run); },
          .outcome = [&run] { return report::parity_outcome(run); },
          .text = [&run](const report::TextStyle& style,
                         std::string_view report_path) { return report::render_parity_text(run, style, report_path); }};
}

base::Result<void> write_reports(const Ports& ports, const OutputOptions& outputs, const Renderings& renderings) {
  base::Result<void> result;
  const auto write = [&](const std::string& path, const std::function<std::string()>& render) {
    if (path.empty()) {
      return;
    }
    auto written = write_file(ports, path, render());
    if (!written && result) {
      result = std::move(written);
    }
  };
  write(outputs.report, renderings.json);
  write(outputs.html, renderings.html);
  write(outputs.junit, renderings.junit);
  return result;
}

void print_report(const Ports& ports, const CommonOptions& common, const OutputOptions& outputs,
                  const Renderings& renderings) {
  if (takes_standard_output(outputs)) {
    return;
  }
  if (common.format == Format::json) {
    ports.console.out(renderings.json());
    return;
  }
  if (common.format == Format::github) {
    ports.console.out(renderings.github());
    return;
  }
  if (common.is_quiet) {
    ports.console.out(renderings.outcome() + "\n");
    return;
  }
  ports.console.out(renderings.text(text_style(ports, common), outputs.report));
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
