#include "manifest/csv_records.h"

#include <algorithm>
#include <utility>

namespace cachewitness::manifest {

std::size_t CsvRecords::skip_byte_order_mark(std::string_view chunk) {
  constexpr std::string_view mark = "\xEF\xBB\xBF";
  std::size_t skipped = 0;
  while (mark_seen_ < mark.size() && skipped < chunk.size()) {
    if (chunk[skipped] != mark[mark_seen_]) {
      mark_seen_ = mark.size();
      break;
    }
    ++mark_seen_;
    ++skipped;
  }
  return skipped;
}

void CsvRecords::feed(std::string_view chunk) {
  std::size_t at = skip_byte_order_mark(chunk);
  while (at < chunk.size()) {
    at += take_run(chunk.substr(at));
    if (at < chunk.size()) {
      step(chunk[at++]);
    }
  }
}

// Bytes that mean only themselves, in one go: the tight loop of the million-tenant file.
std::size_t CsvRecords::take_run(std::string_view rest) {
  if (state_ != State::plain && state_ != State::quoted && state_ != State::skipping) {
    return 0;
  }
  const char stop = state_ == State::plain ? ',' : state_ == State::quoted ? '"' : '\n';
  const auto end =
      std::ranges::find_if(rest, [stop](char c) { return c == stop || c == '\n' || c == '\r' || c == '"'; });
  const auto size = static_cast<std::size_t>(end - rest.begin());
  if (state_ == State::skipping) {
    return size;
  }
  bytes_.append(rest.substr(0, size));
  if (bytes_.size() > max_record_bytes) {
    refuse("a record of more than 64 KiB; is a quote (\") left open?");
  }
  return size;
}

void CsvRecords::step(char c) {
  switch (state_) {
    case State::field_start:
      if (c == '"') {
        state_ = State::quoted;
        has_quotes_ = true;
        return;
      }
      state_ = State::plain;
      [[fallthrough]];
    case State::plain:
      if (c == ',') {
        end_field();
      } else if (c == '\n') {
        end_record();
      } else if (c == '\r') {
        state_ = State::carriage_return;
      } else if (c == '"') {
        refuse("a quote inside a field; put the whole field in quotes and double the quote inside");
      } else {
        bytes_ += c;
      }
      return;
    case State::quoted:
      if (c == '"') {
        state_ = State::quote_in_quoted;
        return;
      }
      line_ += c == '\n' ? 1 : 0;
      bytes_ += c;
      return;
    case State::quote_in_quoted:
      step_quote_in_quoted(c);
      return;
    case State::carriage_return:
      if (c == '\n') {
        end_record();
      } else {
        refuse("a carriage return inside a record; end lines with LF or CR LF");
      }
      return;
    case State::skipping:
      if (c == '\n') {
        end_record();
      }
      return;
  }
}

void CsvRecords::step_quote_in_quoted(char c) {
  if (c == '"') {
    bytes_ += '"';
    state_ = State::quoted;
  } else if (c == ',') {
    end_field();
  } else if (c == '\n') {
    end_record();
  } else if (c == '\r') {
    state_ = State::carriage_return;
  } else {
    refuse("text after the closing quote of a field; double a quote that belongs to the field");
  }
}

void CsvRecords::end_field() {
  ends_.push_back(bytes_.size());
  state_ = State::field_start;
}

void CsvRecords::end_record() {
  if (state_ != State::skipping) {
    end_field();
    const bool is_empty_line = ends_.size() == 1 && bytes_.empty() && !has_quotes_;
    if (!is_empty_line) {
      fields_.clear();
      std::size_t start = 0;
      for (const std::size_t end : ends_) {
        fields_.push_back(std::string_view(bytes_).substr(start, end - start));
        start = end;
      }
      take_(fields_, record_line_);
    }
  }
  ++line_;
  record_line_ = line_;
  bytes_.clear();
  ends_.clear();
  has_quotes_ = false;
  state_ = State::field_start;
}

void CsvRecords::refuse(std::string message) {
  fault_(std::move(message), record_line_);
  state_ = State::skipping;
}

void CsvRecords::finish() {
  if (state_ == State::quoted) {
    refuse("a quoted field that is never closed");
  }
  if (state_ != State::field_start || !ends_.empty()) {
    end_record();
  }
}

}  // namespace cachewitness::manifest
