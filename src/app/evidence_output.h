// EvidenceOutput: evidence to a file as it comes, so that a killed run loses a second of it at most.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/secret.h"
#include "base/time.h"
#include "evidence/codec.h"
#include "ports/clock.h"
#include "ports/files.h"

namespace cachewitness::app {

class EvidenceOutput final : public evidence::EvidenceSink {
 public:
  // Secrets of the run are masked wherever a server echoes them.
  EvidenceOutput(std::unique_ptr<ports::OutputFile> file, const evidence::Roster& roster, const ports::Clock& clock,
                 std::vector<base::Secret> secrets);

  void write(const evidence::RunHeader& header);
  // Before the first evidence of the round.
  void write(const evidence::Round& round);
  void take(const evidence::Evidence& evidence) override;
  // To the disk, where something has waited long enough; asked again and again, also while nothing comes in.
  void flush_when_due();
  // To the disk, now.
  void flush();
  void write(const evidence::RunFooter& footer);
  // The first thing that went wrong. Evidence that cannot be kept ends the run: a verdict must be checkable.
  [[nodiscard]] const std::optional<base::Error>& error() const { return error_; }
  // Flushes and closes.
  base::Result<void> close();

 private:
  void mask_from(std::size_t start);
  void keep_error(base::Result<void> result);

  std::unique_ptr<ports::OutputFile> file_;
  const evidence::Roster& roster_;
  const ports::Clock& clock_;
  std::vector<base::Secret> secrets_;
  std::string pending_;
  bool is_on_disk_ = true;  // everything that was taken
  base::Tick flushed_at_;
  std::optional<base::Error> error_;
};

}  // namespace cachewitness::app
