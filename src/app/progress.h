// Progress: one repainting line on stderr, only where a person watches, and a word to a program that does.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <string_view>

#include "app/options.h"
#include "app/ports.h"
#include "base/time.h"
#include "ports/clock.h"
#include "ports/console.h"

namespace cachewitness::app {

class Progress {
 public:
  // Hears of every repainting, shown or not; see Ports::watch_progress.
  using Watch = std::function<void(std::string_view phase, std::uint64_t finished, std::uint64_t total)>;

  Progress(ports::Console& console, const ports::Clock& clock, Show show, Watch watch = {});
  // As --progress and --quiet have it.
  Progress(const Ports& ports, const CommonOptions& options);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // A phase of `total` exchanges; 0 = unknown.
  void begin(std::string_view what, std::uint64_t total);
  // Repaints at most ten times a second.
  void update(std::uint64_t finished, std::uint64_t failed);
  // A line that stays, such as what is waited for.
  void note(const std::string& text);
  // Takes the line away.
  void end();

 private:
  struct Mark {
    base::Tick at;
    std::uint64_t finished = 0;
  };

  void paint(std::uint64_t finished, std::uint64_t failed);
  // Of the last seconds: a run starts slowly, and an edge may have asked for a pause.
  double rate_of_late(std::uint64_t finished);

  ports::Console& console_;
  const ports::Clock& clock_;
  bool is_shown_;
  Watch watch_;
  bool is_painted_ = false;
  std::string what_;
  std::uint64_t total_ = 0;
  base::Tick started_at_;
  base::Tick painted_at_;
  std::deque<Mark> marks_;  // one a painting, the oldest first
};

}  // namespace cachewitness::app
