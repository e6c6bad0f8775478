#include "app/lab_control_plane.h"

#include <algorithm>
#include <utility>

namespace cachewitness::testing {

class LabControlPlane::Plane final : public ports::ControlPlane {
 public:
  explicit Plane(LabControlPlane& lab) : lab_(lab) {}

  void start(std::uint64_t id, const ports::ControlRequest& request) override {
    ports::ControlAnswer answer;
    answer.id = id;
    answer.status = 200;
    answer.head = "HTTP/1.1 200 OK\r\n\r\n";
    bool is_edge = false;
    for (const auto& edge : lab_.fleet_.lab().edges()) {
      if (edge->server().address().text() != request.connect_to) {
        continue;
      }
      is_edge = true;
      const std::string& name = edge->profile().name;
      lab_.sent.push_back(name + " " + request.url);
      if (const int status = lab_.refuses(name, request.url); status != 0) {
        answer.status = status;
        answer.head = "HTTP/1.1 " + std::to_string(status) + " No\r\n\r\n";
      } else if (!lab_.loses(name, request.url)) {
        edge->store().purge(request.url.substr(request.url.find("://") + 3), std::nullopt);
      }
    }
    if (!is_edge) {
      lab_.sent.push_back(request.connect_to + " " + request.url);
    }
    answers_.push_back(std::move(answer));
  }

  std::vector<ports::ControlAnswer> wait(base::Duration limit) override {
    lab_.fleet_.advance(answers_.empty() ? limit : std::chrono::milliseconds(1));
    return std::exchange(answers_, {});
  }

 private:
  LabControlPlane& lab_;
  std::vector<ports::ControlAnswer> answers_;
};

class LabControlPlane::Journal final : public ports::SyncedFile {
 public:
  Journal(MemoryFleet& fleet, std::string& text) : fleet_(fleet), text_(text) {}
  base::Result<void> append(std::string_view lines) override {
    text_ += lines;
    fleet_.advance(std::chrono::microseconds(100));  // a disk takes a moment
    return {};
  }

 private:
  MemoryFleet& fleet_;
  std::string& text_;
};

app::PurgePorts LabControlPlane::ports() {
  app::PurgePorts made;
  made.control_plane = [this]() -> base::Result<std::unique_ptr<ports::ControlPlane>> {
    return std::make_unique<Plane>(*this);
  };
  made.journal = [this](const std::string& path, bool is_new) -> base::Result<std::unique_ptr<ports::SyncedFile>> {
    if (is_new == fleet_.files.contents.contains(path)) {
      return base::fail(base::errors::unwritable_file, path + (is_new ? " is there already" : " is not there"));
    }
    return std::make_unique<Journal>(fleet_, fleet_.files.contents[path]);
  };
  return made;
}

void add_purge(MemoryFleet& fleet, const std::string& provider, const std::string& more) {
  fleet.edit_manifest("    origin:\n", "    purge: {provider: " + provider + more + "}\n    origin:\n");
}

}  // namespace cachewitness::testing
