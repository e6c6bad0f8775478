#include "support/memory_ports.h"

#include <algorithm>

namespace cachewitness::testing {

namespace {

class MemoryInput final : public ports::InputFile {
 public:
  explicit MemoryInput(std::string bytes) : bytes_(std::move(bytes)) {}

  base::Result<std::string_view> read(std::size_t limit) override {
    const std::string_view chunk = std::string_view(bytes_).substr(at_, limit);
    at_ += chunk.size();
    return chunk;
  }

 private:
  std::string bytes_;
  std::size_t at_ = 0;
};

class MemoryOutput final : public ports::OutputFile {
 public:
  MemoryOutput(MemoryFiles& files, std::string path, bool appears_on_close)
      : files_(files), path_(std::move(path)), appears_on_close_(appears_on_close) {}

  base::Result<void> write(std::string_view bytes) override {
    if (std::ranges::find(files_.full, path_) != files_.full.end()) {
      return base::fail(base::errors::unwritable_file, "cannot write \"" + path_ + "\": No space left on device");
    }
    bytes_ += bytes;
    return {};
  }
  base::Result<void> flush() override {
    if (!appears_on_close_) {
      files_.contents[path_] = bytes_;
    }
    return {};
  }
  base::Result<void> close() override {
    files_.contents[path_] = bytes_;
    return {};
  }

 private:
  MemoryFiles& files_;
  std::string path_;
  bool appears_on_close_;
  std::string bytes_;
};

}  // namespace

std::optional<std::string> MemoryEnvironment::variable(const std::string& name) const {
  const auto found = variables.find(name);
  return found == variables.end() ? std::nullopt : std::optional(found->second);
}

base::Result<std::string> MemoryFiles::read_all(const std::string& path, std::size_t limit) {
  const auto found = contents.find(path);
  if (found == contents.end()) {
    return base::fail(base::errors::unreadable_file, "cannot read \"" + path + "\": No such file or directory");
  }
  if (found->second.size() > limit) {
    return base::fail(base::errors::unreadable_file, "\"" + path + "\" is too large");
  }
  return found->second;
}

base::Result<std::unique_ptr<ports::InputFile>> MemoryFiles::open(const std::string& path) {
  auto bytes = read_all(path, std::string::npos);
  if (!bytes) {
    return std::unexpected(std::move(bytes).error());
  }
  return std::make_unique<MemoryInput>(std::move(*bytes));
}

base::Result<std::unique_ptr<ports::OutputFile>> MemoryFiles::open_for_writing(const std::string& path,
                                                                               bool appears_on_close) {
  if (std::ranges::find(unwritable, path) != unwritable.end()) {
    return base::fail(base::errors::unwritable_file, "cannot write \"" + path + "\": Permission denied");
  }
  return std::make_unique<MemoryOutput>(*this, path, appears_on_close);
}

base::Result<std::unique_ptr<ports::OutputFile>> MemoryFiles::create(const std::string& path) {
  return open_for_writing(path, false);
}
base::Result<std::unique_ptr<ports::OutputFile>> MemoryFiles::replace(const std::string& path) {
  return open_for_writing(path, true);
}

base::Result<std::unique_ptr<ports::OutputFile>> MemoryFiles::replace_private(const std::string& path) {
  return open_for_writing(path, true);
}

base::Result<std::vector<ports::FolderEntry>> MemoryFiles::list(const std::string& path) {
  std::map<std::string, ports::FolderEntry> entries;
  for (const auto& [name, bytes] : contents) {
    if (!name.starts_with(path + "/")) {
      continue;
    }
    const std::string rest = name.substr(path.size() + 1);
    const std::string first = rest.substr(0, rest.find('/'));
    using Kind = ports::FolderEntry::Kind;
    entries[first] = {first, first == rest ? Kind::file : Kind::folder, first.ends_with(".sh")};
  }
  if (entries.empty()) {
    return base::fail(base::errors::unreadable_file, "cannot read \"" + path + "\": No such file or directory");
  }
  std::vector<ports::FolderEntry> listed;
  for (auto& [name, entry] : entries) {
    listed.push_back(std::move(entry));
  }
  return listed;
}

base::Result<std::string> MemoryFiles::canonical(const std::string& path) {
  if (!contents.contains(path) && !list(path)) {
    return base::fail(base::errors::unreadable_file, "cannot read \"" + path + "\": No such file or directory");
  }
  return path;
}

base::Result<ports::ProcessOutcome> ScriptedProcesses::run(const ports::ProcessSpec& spec) {
  started.push_back(spec);
  return program(spec);
}

base::Result<ports::ProcessOutcome> ScriptedProcesses::stream(const ports::ProcessSpec& spec, ports::ByteSink& output) {
  auto outcome = run(spec);
  if (!outcome) {
    return outcome;
  }
  if (auto taken = output.take(outcome->output); !taken) {
    return std::unexpected(std::move(taken).error());
  }
  outcome->output.clear();
  return outcome;
}

std::vector<ports::Resolved> MemoryResolver::resolve(std::span<const ports::Query> queries, base::Duration /*timeout*/,
                                                     const std::function<bool()>& /*is_stopped*/) {
  std::vector<ports::Resolved> answers;
  for (const ports::Query& query : queries) {
    const auto found = names.find(query.host);
    std::vector<base::SocketAddress> addresses;
    for (const std::string& ip : found == names.end() ? std::vector{query.host} : found->second) {
      const auto address = base::parse_ip(ip, query.port);
      if (address && address->family == query.family.value_or(address->family)) {
        addresses.push_back(*address);
      }
    }
    if (addresses.empty()) {
      answers.push_back(
          std::unexpected(base::Failure{base::Stage::resolve, base::FailureCause::dns, query.host + ": no such name"}));
    } else {
      answers.push_back(std::move(addresses));
    }
  }
  return answers;
}

}  // namespace cachewitness::testing
