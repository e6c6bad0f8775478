#include "app/skill_source.h"

#include <utility>

#include <fmt/format.h>

#include "adapters/sha256.h"
#include "base/text.h"
#include "skill/document.h"
#include "skill/fault_ids.h"
#include "skill/parse_workflow.h"

namespace cachewitness::app {

namespace {

namespace faults = skill::faults;

constexpr std::string_view file_name = "SKILL.md";
constexpr std::string_view lower_file_name = "skill.md";  // the reference validator takes it too

std::unexpected<base::Errors> failed(base::Error error) { return std::unexpected(base::Errors{std::move(error)}); }

std::string find_document(ports::Files& files, const std::string& path) {
  if (path.ends_with(".md")) {
    return path;
  }
  const std::string folder = path.ends_with('/') ? path.substr(0, path.size() - 1) : path;
  const std::string lower = fmt::format("{}/{}", folder, lower_file_name);
  std::string usual = fmt::format("{}/{}", folder, file_name);
  return !files.exists(usual) && files.exists(lower) ? lower : usual;
}

class FolderReader {
 public:
  FolderReader(ports::Files& files, std::string root) : files_(files), root_(std::move(root)) {}

  base::Result<std::vector<skill::FolderFile>> read() {
    if (auto walked = walk("", 0); !walked) {
      return std::unexpected(std::move(walked).error());
    }
    return std::move(found_);
  }

 private:
  static std::unexpected<base::Error> refused(const std::string& path, std::string_view what) {
    return base::fail(faults::bad_content, fmt::format("{}: {}", base::printable(path, 500), what));
  }

  base::Result<void> walk(const std::string& folder, std::size_t depth) {
    if (depth > skill::max_folder_depth) {
      return refused(root_ + folder, "nested too deep for a skill; eight levels at most");
    }
    const auto entries = files_.list(root_ + folder);
    if (!entries) {
      return std::unexpected(entries.error());
    }
    for (const ports::FolderEntry& entry : *entries) {
      const std::string path = folder + "/" + entry.name;
      if (entry.kind == ports::FolderEntry::Kind::folder) {
        if (auto walked = entry.name == ".git" ? base::Result<void>() : walk(path, depth + 1); !walked) {
          return walked;
        }
      } else if (auto taken = take(path, entry); !taken) {
        return taken;
      }
    }
    return {};
  }

  // What a link points to could change without the skill's digest.
  base::Result<void> take(const std::string& path, const ports::FolderEntry& entry) {
    if (entry.kind != ports::FolderEntry::Kind::file) {
      return refused(root_ + path, "a link or a device; a skill holds plain files only");
    }
    if (found_.size() == skill::max_folder_files) {
      return refused(root_, "more than 2,000 files; is this the directory of a skill?");
    }
    const auto bytes = files_.read_all(root_ + path, skill::max_file_bytes);
    if (!bytes) {
      return std::unexpected(bytes.error());
    }
    found_.push_back({path.substr(1), entry.is_executable, adapters::sha256(*bytes)});
    return {};
  }

  ports::Files& files_;
  std::string root_;
  std::vector<skill::FolderFile> found_;
};

// A workflow outside of the skill would not be covered by its digest.
bool stays_inside(std::string_view path) {
  return !path.starts_with('/') && path != ".." && !path.starts_with("../") && !path.ends_with("/..") &&
         path.find("/../") == std::string_view::npos;
}

base::Result<void, base::Errors> load_workflow(const Ports& ports, const skill::Document& document,
                                               const skill::Commands& commands, SkillSource& source) {
  auto of_blocks = skill::workflow_of_blocks(document, source.path, commands);
  if (!of_blocks) {
    return std::unexpected(std::move(of_blocks).error());
  }
  const std::string named(source.frontmatter.metadata_value(workflow_key));
  if (named.empty()) {
    source.workflow = std::move(*of_blocks);
    return {};
  }
  if (*of_blocks || !stays_inside(named)) {
    return failed({faults::not_runnable,
                   *of_blocks ? fmt::format("both {} and steps in fenced blocks; keep one", workflow_key)
                              : fmt::format("{} \"{}\" must lie in the skill's directory", workflow_key,
                                            base::printable(named, 100)),
                   base::SourceSpan{source.path, 1, 1}});
  }
  const std::size_t slash = source.path.rfind('/');
  const std::string path = (slash == std::string::npos ? "" : source.path.substr(0, slash + 1)) + named;
  const auto text = ports.files.read_all(path, skill::max_document_bytes);
  if (!text) {
    return failed(text.error());
  }
  auto workflow = skill::parse_workflow(*text, path, commands);
  if (!workflow) {
    return std::unexpected(std::move(workflow).error());
  }
  source.workflow = std::move(*workflow);
  return {};
}

}  // namespace

base::Result<SkillSource, base::Errors> load_skill(const Ports& ports, const std::string& path,
                                                   const skill::Commands& commands, skill::Reading reading) {
  SkillSource source;
  source.path = find_document(ports.files, path);
  const auto text = ports.files.read_all(source.path, skill::max_document_bytes);
  if (!text) {
    return failed(text.error());
  }
  auto canonical = ports.files.canonical(source.path);
  if (!canonical) {
    return failed(std::move(canonical).error());
  }
  source.folder.directory = canonical->substr(0, canonical->rfind('/'));
  source.folder.name = source.folder.directory.substr(source.folder.directory.rfind('/') + 1);
  const auto document = skill::split_document(*text, source.path);
  if (!document) {
    return failed(document.error());
  }
  auto read = skill::read_frontmatter(*document, source.path, source.folder.name, reading);
  if (!read) {
    return std::unexpected(std::move(read).error());
  }
  source.frontmatter = std::move(read->frontmatter);
  source.warnings = std::move(read->warnings);
  source.folder.name = source.frontmatter.name;
  if (auto loaded = load_workflow(ports, *document, commands, source); !loaded) {
    return std::unexpected(std::move(loaded).error());
  }
  auto files = FolderReader(ports.files, source.folder.directory).read();
  if (!files) {
    return failed(std::move(files).error());
  }
  source.files = std::move(*files);
  source.digest = skill::folder_digest(source.files, adapters::sha256);
  return source;
}

std::string describe_skill(const SkillSource& source) {
  std::string text = fmt::format("{}: {}\n", base::printable(source.frontmatter.name),
                                 base::printable(source.frontmatter.description, 2000));
  if (!source.frontmatter.compatibility.empty()) {
    text += fmt::format("  needs {}\n", base::printable(source.frontmatter.compatibility, 600));
  }
  if (!source.workflow) {
    return text + fmt::format(
                      "  It is for reading: no step of it is marked. To make it run, name a workflow file under "
                      "metadata ({}: assets/workflow.yaml), or mark fenced blocks with step=ID.\n",
                      workflow_key);
  }
  text += fmt::format("  {} steps:", source.workflow->steps.size());
  for (const skill::Step& step : source.workflow->steps) {
    text += fmt::format(" {}{}", base::printable(step.id), step.mutates ? " (mutates)" : "");
  }
  text += "\n";
  for (const skill::Input& input : source.workflow->inputs) {
    text += fmt::format("  {}={}{}{}\n", base::printable(input.name), skill::name(input.type),
                        input.default_value ? "" : " (required)",
                        input.doc.empty() ? "" : "  " + base::printable(input.doc));
  }
  return text;
}

}  // namespace cachewitness::app
