#include "app/program_end.h"

#include <gtest/gtest.h>

namespace cachewitness::app {

TEST(ProgramEnd, IsToldWithTheLimitThatWasMet) {
  using Outcome = ports::ProcessOutcome;
  ports::ProcessSpec spec;
  spec.timeout = std::chrono::seconds(90);
  spec.max_output_bytes = 4'000'000;
  spec.confinement.processes = 64;
  spec.confinement.cpu_time = std::chrono::seconds(5);
  spec.confinement.file_bytes = 5000;
  struct Row {
    Outcome::End end;
    int code;
    ports::Limit limit;
    const char* text;
  };
  const Row rows[] = {
      {Outcome::End::exited, 3, ports::Limit::none, "exited with code 3"},
      {Outcome::End::signalled, 11, ports::Limit::none, "was ended by signal 11 (Segmentation fault)"},
      {Outcome::End::signalled, 60, ports::Limit::none, "was ended by signal 60"},
      {Outcome::End::timed_out, 15, ports::Limit::none, "did not end within 1 m 30 s"},
      {Outcome::End::over_limit, 9, ports::Limit::output, "wrote more than 4,000,000 bytes to standard output"},
      {Outcome::End::over_limit, 9, ports::Limit::processes, "had more than 64 processes and threads at once"},
      {Outcome::End::over_limit, 24, ports::Limit::cpu_time, "used more than 5.00 s of processor time"},
      {Outcome::End::over_limit, 25, ports::Limit::file_bytes, "wrote a file of more than 5,000 bytes"},
      {Outcome::End::cancelled, 15, ports::Limit::none, "was cancelled"},
      {Outcome::End::unwatched, 9, ports::Limit::none,
       "was ended, because the process that watches over it was killed"},
  };
  for (const Row& row : rows) {
    Outcome outcome;
    outcome.end = row.end;
    outcome.code = row.code;
    outcome.limit = row.limit;
    EXPECT_EQ(how_it_ended(spec, outcome), row.text);
    EXPECT_FALSE(has_succeeded(outcome));
  }
  EXPECT_TRUE(has_succeeded({}));
}

}  // namespace cachewitness::app
