#include "app/skill_trust.h"

#include <algorithm>
#include <map>
#include <vector>

#include <fmt/format.h>

#include "adapters/sha256.h"
#include "app/private_file.h"
#include "base/json_writer.h"
#include "base/text.h"
#include "base/time.h"
#include "skill/fault_ids.h"
#include "skill/value.h"

namespace cachewitness::app {

namespace {

constexpr std::string_view schema_name = "cachewitness.trust/v1";
constexpr std::size_t max_pin_bytes = std::size_t{4} << 20;
constexpr std::size_t most_told = 5;

std::string pin_path(const Ports& ports, const SkillSource& source) {
  return fmt::format("{}/trusted/{}.json", state_folder(ports.environment),
                     adapters::sha256(source.folder.directory).hex());
}

// A mode is part of what was pinned, so that nothing becomes a program afterwards.
std::string mark_of(const skill::FolderFile& file) { return file.content.hex() + (file.is_executable ? "+x" : ""); }

std::string difference(const skill::Value::Members& pinned, const std::vector<skill::FolderFile>& files) {
  std::map<std::string, std::string> before;
  for (const auto& [path, mark] : pinned) {
    before[path] = skill::plain_text(mark);
  }
  std::vector<std::string> told;
  for (const skill::FolderFile& file : files) {
    const auto found = before.find(file.path);
    if (found == before.end()) {
      told.push_back(base::printable(file.path) + " is new");
    } else if (found->second != mark_of(file)) {
      told.push_back(base::printable(file.path) + " has changed");
    }
    before.erase(file.path);
  }
  for (const auto& [path, mark] : before) {
    told.push_back(base::printable(path) + " is gone");
  }
  const std::size_t more = told.size() > most_told ? told.size() - most_told : 0;
  told.resize(std::min(told.size(), most_told));
  return fmt::format("{}{}", fmt::join(told, "; "), more > 0 ? fmt::format("; and {} more", more) : "");
}

}  // namespace

base::Result<TrustState> trust_of(const Ports& ports, const SkillSource& source) {
  const std::string path = pin_path(ports, source);
  if (!ports.files.exists(path)) {
    return TrustState{};
  }
  const auto text = ports.files.read_private(path, max_pin_bytes);
  if (!text) {
    return std::unexpected(text.error());
  }
  const auto pinned = skill::parse_json(*text);
  const skill::Value* digest = pinned ? pinned->find("sha256") : nullptr;
  const skill::Value* files = pinned ? pinned->find("files") : nullptr;
  if (digest == nullptr || files == nullptr || files->if_members() == nullptr) {
    return base::fail(skill::faults::untrusted,
                      fmt::format("{} is no pin of a skill; pin it again with cachewitness skill trust {}", path,
                                  base::printable(source.folder.directory, 500)));
  }
  if (skill::plain_text(*digest) == source.digest.hex()) {
    return TrustState{Trust::pinned, ""};
  }
  return TrustState{Trust::changed, difference(*files->if_members(), source.files)};
}

base::Result<void> pin(const Ports& ports, const SkillSource& source) {
  const std::string path = pin_path(ports, source);
  if (auto made = ports.files.make_folder(path.substr(0, path.rfind('/'))); !made) {
    return made;
  }
  std::string text;
  base::JsonWriter json(text, base::JsonWriter::Layout::indented);
  json.begin_object();
  json.member("schema", schema_name);
  json.member("directory", source.folder.directory);
  json.member("sha256", source.digest.hex());
  json.member("pinned_at", base::rfc3339(ports.clock.wall(), 0));
  json.begin_object("files");
  for (const skill::FolderFile& file : source.files) {
    json.member(file.path, mark_of(file));
  }
  json.end_object();
  json.end_object();
  return write_private(ports.files, path, text + "\n");
}

void unpin(const Ports& ports, const SkillSource& source) { ports.files.remove(pin_path(ports, source)); }

}  // namespace cachewitness::app
