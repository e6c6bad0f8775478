// Error and Result: what a call of this library could not do, as a value. Nothing here throws, and a cache that
// misbehaves is no error: it is a finding of the report.
#pragma once

#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace cachewitness {
inline namespace v0 {

// One fault. `message` says what is wrong, with what, and what to do about it, in one line.
struct Error {
  std::string id;  // stable and kebab-case, such as "unknown-name"; docs/library.md lists them
  std::string message;
  std::string file;     // where it lies, as the caller named the file; empty = in no file
  unsigned line = 0;    // counts from 1; 0 = unknown
  unsigned column = 0;  // counts from 1; 0 = unknown
  int exit_code = 4;    // what the program `cachewitness` would exit with: 2, 3 or 4

  // "file:line:column: message [id]", or as much of it as is known.
  [[nodiscard]] std::string text() const;
};

// Every fault of one input at once. Never empty where a Result holds it.
using Errors = std::vector<Error>;

// A T, or the errors why there is none.
template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : held_(std::in_place_index<0>, std::move(value)) {}         // NOLINT(google-explicit-constructor)
  Result(Errors errors) : held_(std::in_place_index<1>, std::move(errors)) {}  // NOLINT(google-explicit-constructor)

  [[nodiscard]] bool has_value() const noexcept { return held_.index() == 0; }
  explicit operator bool() const noexcept { return has_value(); }

  // Requires: has_value().
  [[nodiscard]] const T& operator*() const& noexcept { return *std::get_if<0>(&held_); }
  [[nodiscard]] T& operator*() & noexcept { return *std::get_if<0>(&held_); }
  [[nodiscard]] T&& operator*() && noexcept { return std::move(*std::get_if<0>(&held_)); }
  [[nodiscard]] const T* operator->() const noexcept { return std::get_if<0>(&held_); }
  [[nodiscard]] T* operator->() noexcept { return std::get_if<0>(&held_); }

  // Requires: !has_value().
  [[nodiscard]] const Errors& errors() const& noexcept { return *std::get_if<1>(&held_); }

 private:
  std::variant<T, Errors> held_;
};

}  // namespace v0
}  // namespace cachewitness
