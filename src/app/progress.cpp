#include "app/progress.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/text.h"

namespace cachewitness::app {

namespace {

constexpr base::Duration repaint_interval = std::chrono::milliseconds(100);
constexpr base::Duration rate_window = std::chrono::seconds(5);
constexpr std::string_view erase_line = "\r\x1b[2K";

bool is_shown_on(const ports::Console& console, Show show) {
  return show == Show::always || (show == Show::automatic && console.err_is_terminal());
}

}  // namespace

Progress::Progress(ports::Console& console, const ports::Clock& clock, Show show, Watch watch)
    : console_(console), clock_(clock), is_shown_(is_shown_on(console, show)), watch_(std::move(watch)) {}

Progress::Progress(const Ports& ports, const CommonOptions& options)
    : Progress(ports.console, ports.clock, options.is_quiet ? Show::never : options.progress, ports.watch_progress) {}

Progress::~Progress() { end(); }

void Progress::begin(std::string_view what, std::uint64_t total) {
  what_ = what;
  total_ = total;
  started_at_ = clock_.tick();
  painted_at_ = started_at_;
  marks_ = {{started_at_, 0}};
}

void Progress::update(std::uint64_t finished, std::uint64_t failed) {
  const base::Tick now = clock_.tick();
  if ((!is_shown_ && !watch_) || now - painted_at_ < repaint_interval) {
    return;
  }
  painted_at_ = now;
  if (is_shown_) {
    paint(finished, failed);
  }
  if (watch_) {
    watch_(what_, finished, total_);
  }
}

void Progress::paint(std::uint64_t finished, std::uint64_t failed) {
  const base::Duration spent = painted_at_ - started_at_;
  const double rate = rate_of_late(finished);
  if (total_ == 0 && finished == 0) {  // nothing is counted, only time passes
    console_.err(fmt::format("{}{}, {}", erase_line, what_, base::human(spent)));
    is_painted_ = true;
    return;
  }
  std::string line = fmt::format("{}: {}", what_, base::grouped(finished));
  if (total_ > 0) {
    line += fmt::format(" of {}", base::grouped(std::max(total_, finished)));
  }
  const auto width = static_cast<std::size_t>(console_.width());
  // What does not fit is left out whole: half a number is a wrong number.
  const auto also = [&line, width](const std::string& part) {
    if (line.size() + part.size() + 2 < width) {
      line += ", " + part;
    }
  };
  if (total_ > finished && rate > 0) {
    const double left = static_cast<double>(total_ - finished) / rate;
    also(fmt::format("{} left", base::human(base::Duration(static_cast<std::int64_t>(left * 1e9)))));
  }
  if (failed > 0) {
    also(fmt::format("{} unanswered", base::grouped(failed)));
  }
  also(fmt::format("{}/s", base::grouped(static_cast<std::uint64_t>(rate))));
  console_.err(std::string(erase_line) + line.substr(0, width - 1));
  is_painted_ = true;
}

double Progress::rate_of_late(std::uint64_t finished) {
  marks_.push_back({painted_at_, finished});
  while (marks_.size() > 2 && painted_at_ - marks_[1].at >= rate_window) {
    marks_.pop_front();
  }
  const double seconds = std::chrono::duration<double>(painted_at_ - marks_.front().at).count();
  return seconds > 0 ? static_cast<double>(finished - marks_.front().finished) / seconds : 0;
}

void Progress::note(const std::string& text) {
  if (is_shown_) {
    end();
    console_.err(text + '\n');
  }
}

void Progress::end() {
  if (is_painted_) {
    console_.err(erase_line);
    is_painted_ = false;
  }
}

}  // namespace cachewitness::app
