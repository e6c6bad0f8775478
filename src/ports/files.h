// Files: reading whole, reading as a stream, and writing so that a crash leaves the old or the new file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace cachewitness::ports {

class InputFile {
 public:
  virtual ~InputFile() = default;
  // The next bytes, at most `limit`; empty at the end.
  virtual base::Result<std::string_view> read(std::size_t limit) = 0;
};

class OutputFile {
 public:
  virtual ~OutputFile() = default;
  virtual base::Result<void> write(std::string_view bytes) = 0;
  // To the disk, so that a killed process loses nothing that was written before.
  virtual base::Result<void> flush() = 0;
  // Flushes and closes; for Files::replace the file appears under its name only now.
  virtual base::Result<void> close() = 0;
};

struct FolderEntry {
  enum class Kind : std::uint8_t { file, folder, link, other };

  std::string name;
  Kind kind = Kind::file;
  bool is_executable = false;  // by its owner
};

class Files {
 public:
  virtual ~Files() = default;
  // More than `limit` bytes is an error.
  virtual base::Result<std::string> read_all(const std::string& path, std::size_t limit) = 0;
  // Names ending in ".zst" are decompressed.
  virtual base::Result<std::unique_ptr<InputFile>> open(const std::string& path) = 0;
  // Appears as it grows (evidence: what was seen is on disk). ".zst" is compressed, a frame a flush.
  virtual base::Result<std::unique_ptr<OutputFile>> create(const std::string& path) = 0;
  // Written beside and renamed on close: whole or not at all (reports).
  virtual base::Result<std::unique_ptr<OutputFile>> replace(const std::string& path) = 0;
  // The same for secrets: this user alone may read and write the file, from its first byte on. A link is replaced,
  // not followed.
  virtual base::Result<std::unique_ptr<OutputFile>> replace_private(const std::string& path) = 0;
  // Reads whole what replace_private() wrote. A file that another user owns, may read or may write is refused, and
  // so is a link.
  virtual base::Result<std::string> read_private(const std::string& path, std::size_t limit) = 0;
  [[nodiscard]] virtual bool exists(const std::string& path) const = 0;
  // With its parents; one that is there already is fine.
  virtual base::Result<void> make_folder(const std::string& path) = 0;
  // By name; "." and ".." left out. Links are told and not followed.
  virtual base::Result<std::vector<FolderEntry>> list(const std::string& path) = 0;
  // Absolute, without links and dots. What it names must be there.
  virtual base::Result<std::string> canonical(const std::string& path) = 0;
  // A file of our own that served its time. One that is not there is fine.
  virtual void remove(const std::string& path) = 0;
};

}  // namespace cachewitness::ports
