// CaughtConsole: keeps what a command prints, for who runs it inside of another program: the library, and the tools of
// an assistant.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ports/console.h"

namespace cachewitness::app {

class CaughtConsole final : public ports::Console {
 public:
  bool out(std::string_view text) override {
    out_ += text;
    return true;
  }
  void err(std::string_view text) override { err_ += text; }
  [[nodiscard]] bool out_is_terminal() const override { return false; }
  [[nodiscard]] bool err_is_terminal() const override { return false; }
  [[nodiscard]] int width() const override { return 100; }

  // All of standard output.
  [[nodiscard]] const std::string& result() const { return out_; }
  // What standard error would have shown, a line each, without the program's name and without empty lines.
  [[nodiscard]] std::vector<std::string> diagnostics() const;

 private:
  std::string out_;
  std::string err_;
};

}  // namespace cachewitness::app
