// ReplacingOutput: ports::OutputFile that appears under its name whole or not at all. The bytes go to a
// hidden file beside it, which close() renames; destroyed without close(), the hidden file is removed and
// the old one stays.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "adapters/posix_output.h"
#include "ports/files.h"

namespace cachewitness::adapters {

class ReplacingOutput final : public ports::OutputFile {
 public:
  // Whoever could read the old file, or everyone that the umask allows; or its owner, whatever was there before.
  enum class Readers : std::uint8_t { as_before, owner };

  // Opens the hidden file at once, so that a path which cannot be written is known before the work starts.
  static base::Result<std::unique_ptr<ReplacingOutput>> open(const std::string& path, Readers readers);
  ReplacingOutput(const ReplacingOutput&) = delete;
  ReplacingOutput& operator=(const ReplacingOutput&) = delete;
  ~ReplacingOutput() override;

  base::Result<void> write(std::string_view bytes) override { return record(hidden_.write(bytes)); }
  base::Result<void> flush() override { return record(hidden_.flush()); }
  // After a failed write, fails too and leaves the old file.
  base::Result<void> close() override;

 private:
  ReplacingOutput(const std::string& path, std::string target, std::string hidden_path, UniqueFd fd);

  base::Result<void> record(base::Result<void> result);

  std::string path_;         // as the user wrote it
  std::string target_;       // with symbolic links followed, but to a file for its owner alone
  std::string hidden_path_;  // empty once it is renamed or removed
  PosixOutput hidden_;
  base::Result<void> first_failure_;
};

}  // namespace cachewitness::adapters
