// deploy-gate: the last step of a deployment tool that proves its own cache invalidation in process.
//
//   deploy-gate MANIFEST PURGED-AT EVIDENCE [TENANT...]
//
// PURGED-AT is in Unix seconds. Exits with what `cachewitness verify` would; Ctrl-C ends it in good order, with the
// evidence so far on the disk.
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <stop_token>
#include <string>
#include <thread>

#include <cachewitness/cachewitness.h>

namespace {

// The library installs no signal handler: what ends a run is the program's own affair. One thread waits for the
// signals that all others block.
class StopOnSignal {
 public:
  StopOnSignal() {
    sigemptyset(&signals_);
    sigaddset(&signals_, SIGINT);
    sigaddset(&signals_, SIGTERM);
    sigaddset(&signals_, SIGUSR1);  // ours, to wake the thread
    pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
    waiter_ = std::thread([this] {
      int signal = 0;
      if (sigwait(&signals_, &signal) == 0 && signal != SIGUSR1) {
        source_.request_stop();
      }
    });
  }
  ~StopOnSignal() {
    pthread_kill(waiter_.native_handle(), SIGUSR1);
    waiter_.join();
  }
  StopOnSignal(const StopOnSignal&) = delete;
  StopOnSignal& operator=(const StopOnSignal&) = delete;

  [[nodiscard]] std::stop_token token() const { return source_.get_token(); }

 private:
  sigset_t signals_{};
  std::stop_source source_;
  std::thread waiter_;
};

cachewitness::TimePoint unix_seconds(const char* text) {
  const std::chrono::duration<double> seconds(std::strtod(text, nullptr));
  return cachewitness::TimePoint(std::chrono::duration_cast<std::chrono::nanoseconds>(seconds));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) {
    std::cerr << "usage: deploy-gate MANIFEST PURGED-AT EVIDENCE [TENANT...]\n";
    return 2;
  }
  cachewitness::VerifyOptions options;
  options.purge_requested_at = unix_seconds(argv[2]);
  options.outputs.evidence = argv[3];
  options.tenants.assign(argv + 4, argv + argc);

  const StopOnSignal stop;
  const auto report =
      cachewitness::verify_invalidation(cachewitness::Manifest::from_file(argv[1]), options, stop.token());
  if (!report) {
    for (const cachewitness::Error& error : report.errors()) {
      std::cerr << "deploy-gate: " << error.text() << '\n';
    }
    return report.errors().front().exit_code;
  }
  for (const cachewitness::Finding& finding : report->findings) {
    std::cout << name(finding.state) << ' ' << finding.cause << ' ' << finding.edge << ' ' << finding.tenant << '\n';
  }
  std::cout << report->outcome << '\n';
  return report->exit_code;
}
