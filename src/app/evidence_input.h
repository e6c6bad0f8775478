// EvidenceInput: an evidence file, pulled line by line. Used by judge, explain and --baseline.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "evidence/codec.h"
#include "ports/files.h"

namespace cachewitness::app {

class EvidenceInput {
 public:
  // Reads as far as the header. Errors name the file and the line.
  static base::Result<std::unique_ptr<EvidenceInput>> open(ports::Files& files, const std::string& path);

  [[nodiscard]] const evidence::RunHeader& header() const { return header_; }
  [[nodiscard]] const evidence::Roster& roster() const { return reader_.roster(); }
  // Every evidence in the file's order, footer aside, each as long as the call lasts; `begin_round` before the first of
  // each round, where it is given.
  base::Result<void> read_all(const std::function<void(evidence::Evidence&)>& take,
                              const std::function<void(const evidence::Round&)>& begin_round = nullptr);
  // After read_all(). A file without one comes from a run that was killed: its footer then says so. A last
  // line that was cut short counts as not written.
  [[nodiscard]] const evidence::RunFooter& footer() const { return footer_; }

 private:
  EvidenceInput(std::unique_ptr<ports::InputFile> file, std::string path)
      : file_(std::move(file)), path_(std::move(path)) {}

  void note(const evidence::Evidence& evidence);
  // The next line without its line feed; nothing at the end.
  base::Result<std::optional<std::string_view>> next_line();
  [[nodiscard]] std::unexpected<base::Error> at_line(base::Error error) const;

  std::unique_ptr<ports::InputFile> file_;
  std::string path_;
  std::string_view chunk_;  // what is not taken yet of the bytes read last
  std::string line_begun_;  // of a line that goes on in the next chunk
  std::uint32_t line_ = 0;
  evidence::Reader reader_;
  evidence::RunHeader header_;
  evidence::RunFooter footer_;
};

}  // namespace cachewitness::app
