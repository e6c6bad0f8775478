#include "skill/command_line_words.h"

#include <optional>

#include <fmt/format.h>

namespace cachewitness::skill {

namespace {

class Splitter {
 public:
  explicit Splitter(std::string_view text) : text_(text) {}

  std::expected<std::vector<CommandWord>, WordFault> split() {
    while (at_ < text_.size() && !fault_) {
      step();
    }
    end_word();
    if (!fault_ && words_.empty()) {
      tell("an empty block; write one command in it");
    }
    if (fault_) {
      return std::unexpected(*std::move(fault_));
    }
    return std::move(words_);
  }

 private:
  void step() {
    const char c = text_[at_];
    if (c == '\n') {
      end_word();
      is_command_over_ = !words_.empty();
      advance();
    } else if (c == ' ' || c == '\t' || c == '\r') {
      end_word();
      advance();
    } else if (c == '#' && !word_) {
      while (at_ < text_.size() && text_[at_] != '\n') {
        advance();
      }
    } else if (text_.substr(at_).starts_with("\\\n")) {
      advance();
      advance();
    } else if (is_command_over_) {
      tell("a second command; give each a block of its own");
    } else {
      character(c);
    }
  }

  void character(char c) {
    constexpr std::string_view shell_only = "|&;<>()`*?[]~!{}";
    if (!word_) {
      word_ = CommandWord{"", line_, column_};
    }
    if (c == '\'') {
      quoted_plainly();
    } else if (c == '"') {
      quoted();
    } else if (c == '\\') {
      advance();
      take();
    } else if (c == '$') {
      reference();
    } else if (shell_only.find(c) != std::string_view::npos && !is_inside_plain_word(c)) {
      tell(fmt::format("\"{}\" needs a shell, and there is none; quote it, or write a script in scripts/ and call that",
                       c));
    } else {
      take();
    }
  }

  // What a shell leaves alone inside a word: a~b, a!b, {} of a brace that expands to nothing.
  [[nodiscard]] bool is_inside_plain_word(char c) const { return c == '~' && !word_->text.empty(); }

  void quoted_plainly() {
    advance();
    while (at_ < text_.size() && text_[at_] != '\'') {
      take();
    }
    close('\'');
  }

  void quoted() {
    advance();
    while (at_ < text_.size() && text_[at_] != '"' && !fault_) {
      if (text_[at_] == '\\' && at_ + 1 < text_.size() &&
          std::string_view("\"\\$`\n").find(text_[at_ + 1]) != std::string_view::npos) {
        advance();
        if (text_[at_] == '\n') {
          advance();
        } else {
          take();
        }
      } else if (text_[at_] == '$') {
        reference();
      } else if (text_[at_] == '`') {
        tell("\"`\" needs a shell, and there is none");
      } else {
        take();
      }
    }
    close('"');
  }

  void close(char quote) {
    if (at_ < text_.size()) {
      advance();
    } else if (!fault_) {
      tell(fmt::format("no closing {}", quote));
    }
  }

  void reference() {
    const std::size_t end = text_.find('}', at_);
    if (!text_.substr(at_).starts_with("${") || end == std::string_view::npos) {
      tell("\"$\" needs a shell, and there is none; a reference is written ${inputs.NAME}, and a plain $ as '$'");
      return;
    }
    while (at_ <= end) {
      take();
    }
  }

  void take() {
    if (at_ < text_.size()) {
      word_->text += text_[at_];
      advance();
    }
  }

  void advance() {
    const bool is_line_end = text_[at_] == '\n';
    line_ += is_line_end ? 1 : 0;
    column_ = is_line_end ? 1 : column_ + 1;
    ++at_;
  }

  void end_word() {
    if (word_) {
      words_.push_back(*std::move(word_));
      word_.reset();
    }
  }

  void tell(std::string message) {
    if (!fault_) {
      fault_ = WordFault{std::move(message), line_, column_};
    }
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::uint32_t line_ = 1;
  std::uint32_t column_ = 1;
  bool is_command_over_ = false;
  std::optional<CommandWord> word_;
  std::vector<CommandWord> words_;
  std::optional<WordFault> fault_;
};

}  // namespace

std::expected<std::vector<CommandWord>, WordFault> split_command(std::string_view text) {
  return Splitter(text).split();
}

}  // namespace cachewitness::skill
