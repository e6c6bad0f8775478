#include "app/mcp_command.h"

#include <csignal>

#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <string_view>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include "app/diagnostics.h"
#include "app/tool_run.h"
#include "app/version.h"
#include "base/text.h"
#include "mcp/line_splitter.h"
#include "mcp/server.h"

namespace cachewitness::app {

namespace {

constexpr std::size_t chunk_bytes = std::size_t{64} << 10;

std::string instructions(const McpOptions& options) {
  return fmt::format(
      "Proves, edge by edge, whether a CDN cache invalidation really happened. Around a deploy: arm before it, then "
      "the "
      "purge, then verify with the baseline and the purge's time; explain tells why a cell was flagged, judge repeats "
      "the verdicts without any request. exit_code 1 is a finding, 3 means too little evidence, 2 a wrong argument or "
      "manifest. Files are plain names in the folder {}.",
      options.directory);
}

// A call is stopped by its client, or with the whole server.
class CallInterrupts final : public ports::Interrupts {
 public:
  explicit CallInterrupts(const ports::Interrupts& outer) : outer_(outer) {}
  void stop() { is_stopped_ = true; }
  [[nodiscard]] bool is_stopped() const { return is_stopped_; }
  [[nodiscard]] std::optional<int> pending() const override {
    const auto signal = outer_.pending();
    return signal || !is_stopped_ ? signal : std::optional<int>(SIGINT);
  }

 private:
  const ports::Interrupts& outer_;
  std::atomic<bool> is_stopped_ = false;
};

// Phases count from nothing each; what a client is told only grows.
class CallProgress {
 public:
  struct Step {
    std::uint64_t done = 0;
    std::optional<std::uint64_t> total;
  };
  // Nothing where there is nothing new.
  std::optional<Step> next(std::string_view phase, std::uint64_t finished, std::uint64_t total) {
    if (phase != phase_ || finished < finished_) {
      before_ += finished_;
      phase_ = phase;
    }
    finished_ = finished;
    if (before_ + finished_ <= told_) {
      return std::nullopt;
    }
    told_ = before_ + finished_;
    return Step{told_, total == 0 ? std::nullopt : std::optional(before_ + std::max(total, finished))};
  }

 private:
  std::string phase_;
  std::uint64_t before_ = 0;
  std::uint64_t finished_ = 0;
  std::uint64_t told_ = 0;
};

class McpSession {
 public:
  McpSession(const Ports& ports, const McpPorts& mcp_ports, const McpOptions& options)
      : ports_(ports),
        mcp_ports_(mcp_ports),
        settings_{options.manifest, options.directory + "/", options.max_result_bytes},
        server_({std::string(version), instructions(options), options.allows_purge}) {}

  int run();

 private:
  void take(std::string_view line);
  void send(std::string_view line);
  void work();
  mcp::ToolResult run_with_own_network(const mcp::Call& call, CallInterrupts& interrupts);
  void tell_progress(const mcp::Call& call, CallProgress& progress, std::string_view phase, std::uint64_t finished,
                     std::uint64_t total);
  void end();

  const Ports& ports_;
  const McpPorts& mcp_ports_;
  ToolSettings settings_;
  // Guards all below, and standard output.
  std::mutex mutex_;
  mcp::Server server_;
  std::deque<mcp::Call> waiting_;
  std::string running_id_;
  CallInterrupts* running_ = nullptr;
  bool is_ending_ = false;
  bool is_client_gone_ = false;
  std::condition_variable has_work_;
};

int McpSession::run() {
  std::jthread worker([this] { work(); });
  mcp::LineSplitter lines(mcp::max_message_bytes);
  std::optional<base::Error> broken;
  while (!broken) {
    const auto bytes = mcp_ports_.input.read(chunk_bytes);
    if (!bytes) {
      broken = bytes.error();
      break;
    }
    if (bytes->empty()) {
      break;
    }
    lines.feed(
        *bytes, [this](std::string_view line) { take(line); },
        [this] {
          const std::scoped_lock lock(mutex_);
          send(mcp::Server::refuse_oversized());
        });
  }
  end();
  worker.join();
  if (broken) {
    return report_error(ports_, *broken);
  }
  const auto signal = ports_.interrupts.pending();
  return signal ? static_cast<int>(exit_code_of(*signal)) : static_cast<int>(base::ExitCode::passed);
}

void McpSession::take(std::string_view line) {
  const std::scoped_lock lock(mutex_);
  mcp::Reaction reaction = server_.take(line);
  send(reaction.reply);
  if (reaction.call) {
    waiting_.push_back(std::move(*reaction.call));
    has_work_.notify_one();
  }
  if (reaction.cancelled && running_ != nullptr && running_id_ == *reaction.cancelled) {
    running_->stop();
  } else if (reaction.cancelled) {
    std::erase_if(waiting_, [&](const mcp::Call& call) { return call.id == *reaction.cancelled; });
  }
}

// Requires the lock. A client that went away is noticed at the end of its input.
void McpSession::send(std::string_view line) {
  if (!line.empty() && !is_client_gone_) {
    is_client_gone_ = !ports_.console.out(line);
  }
}

void McpSession::end() {
  const std::scoped_lock lock(mutex_);
  is_ending_ = true;
  if (running_ != nullptr) {
    running_->stop();
  }
  has_work_.notify_one();
}

void McpSession::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    has_work_.wait(lock, [this] { return is_ending_ || !waiting_.empty(); });
    if (is_ending_) {
      return;
    }
    const mcp::Call call = std::move(waiting_.front());
    waiting_.pop_front();
    CallInterrupts interrupts(ports_.interrupts);
    running_id_ = call.id;
    running_ = &interrupts;
    lock.unlock();
    const mcp::ToolResult result = run_with_own_network(call, interrupts);
    lock.lock();
    running_ = nullptr;
    if (!interrupts.is_stopped()) {  // its id may be another call's by now
      send(server_.answer(call, result));
    }
  }
}

mcp::ToolResult McpSession::run_with_own_network(const mcp::Call& call, CallInterrupts& interrupts) {
  auto network = ports_.make_network();
  if (!network) {
    return failed_result(network.error());
  }
  const std::unique_ptr<ports::Processes> processes = mcp_ports_.make_processes(interrupts);
  CallProgress progress;
  const Ports own{ports_.clock,
                  ports_.entropy,
                  ports_.environment,
                  ports_.files,
                  *processes,
                  ports_.resolver,
                  **network,
                  ports_.console,
                  interrupts,
                  ports_.make_network,
                  ports_.processors,
                  [&](std::string_view phase, std::uint64_t finished, std::uint64_t total) {
                    tell_progress(call, progress, phase, finished, total);
                  }};
  return run_tool(own, mcp_ports_.purge, settings_, call);
}

void McpSession::tell_progress(const mcp::Call& call, CallProgress& progress, std::string_view phase,
                               std::uint64_t finished, std::uint64_t total) {
  const auto step = progress.next(phase, finished, total);
  if (step) {
    const std::scoped_lock lock(mutex_);
    send(server_.progress(call, step->done, step->total, fmt::format("{}: {}", phase, base::grouped(finished))));
  }
}

}  // namespace

int run_mcp(const Ports& ports, const McpPorts& mcp_ports, const McpOptions& options) {
  if (auto made = ports.files.make_folder(options.directory); !made) {
    return report_error(ports, made.error());
  }
  return McpSession(ports, mcp_ports, options).run();
}

}  // namespace cachewitness::app
