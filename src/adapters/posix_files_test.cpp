#include "adapters/posix_files.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

namespace cachewitness::adapters {

namespace {

class PosixFilesTest : public ::testing::Test {
 protected:
  PosixFilesTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "cachewitness-files-XXXXXX").string();
    directory_ = ::mkdtemp(pattern.data());
  }
  ~PosixFilesTest() override { std::filesystem::remove_all(directory_); }

  [[nodiscard]] std::string path(const std::string& name) const { return directory_ + "/" + name; }
  [[nodiscard]] std::string content(const std::string& name) const {
    std::ifstream file(path(name), std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
  }
  void put(const std::string& name, std::string_view bytes) const {
    std::ofstream(path(name), std::ios::binary) << bytes;
  }
  [[nodiscard]] std::size_t entries() const {
    return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(directory_), {}));
  }
  std::unique_ptr<ports::OutputFile> created(const std::string& name) {
    auto file = files_.create(path(name));
    EXPECT_TRUE(file.has_value()) << file.error().text();
    return std::move(*file);
  }
  std::unique_ptr<ports::OutputFile> replacement(const std::string& name) {
    auto file = files_.replace(path(name));
    EXPECT_TRUE(file.has_value()) << file.error().text();
    return std::move(*file);
  }
  std::string read_back(const std::string& name) {
    auto text = files_.read_all(path(name), 1 << 24);
    EXPECT_TRUE(text.has_value()) << text.error().text();
    return text.value_or("");
  }

  std::string directory_;
  PosixFiles files_;
};

std::string lines(int count) {
  std::string text;
  for (int i = 0; i < count; ++i) {
    text += "line " + std::to_string(i * 7919) + "\n";
  }
  return text;
}

}  // namespace

TEST_F(PosixFilesTest, ReadsAWholeFileUpToItsLimit) {
  put("a", "12345");
  EXPECT_EQ(files_.read_all(path("a"), 5).value(), "12345");
  const auto over = files_.read_all(path("a"), 4);
  ASSERT_FALSE(over.has_value());
  EXPECT_EQ(over.error().id, base::errors::unreadable_file);
  EXPECT_EQ(over.error().message,
            "\"" + path("a") + "\" is larger than the 4 bytes allowed here; check that it is the right file");
}

TEST_F(PosixFilesTest, AnEndlessDeviceHitsTheLimit) { EXPECT_FALSE(files_.read_all("/dev/zero", 1 << 20).has_value()); }

TEST_F(PosixFilesTest, ReadsInPiecesOfAtMostTheAskedSize) {
  put("a", lines(1000));
  auto file = files_.open(path("a"));
  ASSERT_TRUE(file.has_value());
  std::string all;
  while (true) {
    const auto piece = (*file)->read(100);
    ASSERT_TRUE(piece.has_value());
    ASSERT_LE(piece->size(), 100U);
    if (piece->empty()) {
      break;
    }
    all.append(*piece);
  }
  EXPECT_EQ(all, lines(1000));
}

TEST_F(PosixFilesTest, SaysWhatIsWrongAndWhatToDo) {
  put("plain", "x");
  struct Row {
    std::string name;
    std::string path;
    std::string reading;  // empty: reading works
    std::string writing;
  };
  const Row rows[] = {
      {"nothing there", path("none"), ": No such file or directory; check the path", ""},
      {"a directory", directory_, ": Is a directory; name a file in it", ": Is a directory; name a file in it"},
      {"no such directory", path("none/a"), ": No such file or directory; check the path",
       ": No such file or directory; create its directory first or give another path"},
      {"below a file", path("plain/a"), ": Not a directory; check the path",
       ": Not a directory; a directory in the path is a file; give another path"},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    const auto read = files_.read_all(row.path, 100);
    ASSERT_FALSE(read.has_value());
    EXPECT_EQ(read.error().message, "cannot read \"" + row.path + "\"" + row.reading);
    EXPECT_EQ(read.error().id, base::errors::unreadable_file);
    if (row.writing.empty()) {
      continue;
    }
    const auto created = files_.create(row.path);
    ASSERT_FALSE(created.has_value());
    EXPECT_EQ(created.error().message, "cannot write \"" + row.path + "\"" + row.writing);
    EXPECT_EQ(created.error().id, base::errors::unwritable_file);
    const auto replaced = files_.replace(row.path);
    ASSERT_FALSE(replaced.has_value());
    EXPECT_EQ(replaced.error().message, created.error().message);
  }
}

TEST_F(PosixFilesTest, EscapesAHostilePath) {
  const auto read = files_.read_all(path("\x1b[31m"), 100);
  ASSERT_FALSE(read.has_value());
  EXPECT_EQ(read.error().message.find('\x1b'), std::string::npos);
}

TEST_F(PosixFilesTest, AFullDiskIsAnErrorAtFlushAndAtClose) {
  for (const bool large : {false, true}) {
    for (const auto open : {&PosixFiles::create, &PosixFiles::replace}) {
      auto file = (files_.*open)("/dev/full");
      ASSERT_TRUE(file.has_value()) << file.error().text();
      const auto written = (*file)->write(std::string(large ? 1 << 20 : 10, 'x'));
      const auto closed = (*file)->close();
      ASSERT_TRUE(!written || !closed);
      EXPECT_EQ((written ? closed : written).error().message,
                "cannot write \"/dev/full\": No space left on device; free space or give another path");
    }
  }
  EXPECT_TRUE(std::filesystem::is_character_file("/dev/full")) << "a device must not be renamed over";
}

TEST_F(PosixFilesTest, ACreatedFileGrowsWithEveryFlush) {
  put("log", "an old run");
  auto file = created("log");
  ASSERT_TRUE(file->write("one\n").has_value());
  ASSERT_TRUE(file->flush().has_value());
  EXPECT_EQ(content("log"), "one\n");
  ASSERT_TRUE(file->write(lines(50'000)).has_value());
  ASSERT_TRUE(file->close().has_value());
  EXPECT_EQ(content("log"), "one\n" + lines(50'000));
}

TEST_F(PosixFilesTest, ACreatedFileKeepsWhatWasWrittenWhereNobodyClosesIt) {
  created("log")->write("seen\n").value();
  EXPECT_EQ(content("log"), "seen\n");
}

TEST_F(PosixFilesTest, AReplacementAppearsOnlyOnClose) {
  put("report", "old");
  auto file = replacement("report");
  ASSERT_TRUE(file->write("new").has_value());
  ASSERT_TRUE(file->flush().has_value());
  EXPECT_EQ(content("report"), "old");
  ASSERT_TRUE(file->close().has_value());
  EXPECT_EQ(content("report"), "new");
  EXPECT_EQ(entries(), 1U) << "a temporary file was left";
}

TEST_F(PosixFilesTest, AnAbandonedReplacementLeavesTheOldFileAlone) {
  put("report", "old");
  {
    ASSERT_TRUE(replacement("report")->write("new").has_value());
  }
  EXPECT_EQ(content("report"), "old");
  EXPECT_EQ(entries(), 1U);
}

TEST_F(PosixFilesTest, AReplacementKeepsTheModeAndFollowsLinks) {
  put("real", "old");
  ASSERT_EQ(::chmod(path("real").c_str(), 0640), 0);
  std::filesystem::create_symlink("real", path("link"));
  auto file = replacement("link");
  ASSERT_TRUE(file->write("new").has_value());
  ASSERT_TRUE(file->close().has_value());
  EXPECT_TRUE(std::filesystem::is_symlink(path("link")));
  EXPECT_EQ(content("real"), "new");
  EXPECT_EQ(static_cast<unsigned>(std::filesystem::status(path("real")).permissions()), 0640U);
}

TEST_F(PosixFilesTest, TwoReplacementsOfOneFileDoNotMix) {
  auto first = replacement("report");
  auto second = replacement("report");
  ASSERT_TRUE(first->write("first").has_value());
  ASSERT_TRUE(second->write("second").has_value());
  ASSERT_TRUE(second->close().has_value());
  ASSERT_TRUE(first->close().has_value());
  EXPECT_EQ(content("report"), "first");
  EXPECT_EQ(entries(), 1U);
}

TEST_F(PosixFilesTest, KeepsAPrivateFileFromOthersEyes) {
  std::ofstream(path("secret")) << "old";
  std::filesystem::permissions(path("secret"), std::filesystem::perms{0644});
  auto file = files_.replace_private(path("secret"));
  ASSERT_TRUE(file.has_value());
  ASSERT_TRUE((*file)->write("new").has_value() && (*file)->close().has_value());
  EXPECT_EQ(std::filesystem::status(path("secret")).permissions(), std::filesystem::perms{0600});
  EXPECT_EQ(*files_.read_private(path("secret"), 100), "new");
  EXPECT_FALSE(files_.read_private(path("secret"), 2).has_value());
}

TEST_F(PosixFilesTest, ReplacesALinkWhereAPrivateFileShallBe) {
  std::ofstream(path("victim")) << "old";
  std::filesystem::create_symlink("victim", path("secret"));
  EXPECT_FALSE(files_.read_private(path("secret"), 100).has_value());
  auto file = files_.replace_private(path("secret"));
  ASSERT_TRUE((*file)->write("new").has_value() && (*file)->close().has_value());
  EXPECT_FALSE(std::filesystem::is_symlink(path("secret")));
  EXPECT_EQ(*files_.read_all(path("victim"), 100), "old");
}

TEST_F(PosixFilesTest, RefusesAPrivateFileThatOthersCouldReadOrWrite) {
  std::ofstream(path("secret")) << "text";
  for (const unsigned mode : {0640U, 0604U, 0620U, 0602U, 0666U}) {
    std::filesystem::permissions(path("secret"), std::filesystem::perms{mode});
    const auto read = files_.read_private(path("secret"), 100);
    ASSERT_FALSE(read.has_value()) << mode;
    EXPECT_EQ(read.error().message, "\"" + path("secret") + "\" is not a file of this user alone; remove it");
  }
  EXPECT_FALSE(files_.read_private(path("nothing"), 100).has_value());
  EXPECT_FALSE(files_.read_private("/dev/zero", 100).has_value());
  ASSERT_EQ(::mkfifo(path("pipe").c_str(), 0600), 0);
  EXPECT_FALSE(files_.read_private(path("pipe"), 100).has_value()) << "and does not wait for a writer";
}

TEST_F(PosixFilesTest, CompressesWhatItsNameSays) {
  for (const auto open : {&PosixFiles::create, &PosixFiles::replace}) {
    auto file = (files_.*open)(path("evidence.zst"));
    ASSERT_TRUE(file.has_value());
    ASSERT_TRUE((*file)->write(lines(20'000)).has_value());
    ASSERT_TRUE((*file)->write("last\n").has_value());
    ASSERT_TRUE((*file)->close().has_value());
    EXPECT_EQ(content("evidence.zst").substr(0, 4), "\x28\xb5\x2f\xfd") << "RFC 8878 3.1.1: the magic number";
    EXPECT_LT(content("evidence.zst").size(), lines(20'000).size() / 3);
    EXPECT_EQ(read_back("evidence.zst"), lines(20'000) + "last\n");
  }
}

TEST_F(PosixFilesTest, WhatWasFlushedCompressedCanBeReadAtOnce) {
  auto file = created("evidence.zst");
  ASSERT_TRUE(file->write("first\n").has_value());
  ASSERT_TRUE(file->flush().has_value());
  EXPECT_EQ(read_back("evidence.zst"), "first\n");
  ASSERT_TRUE(file->write("second\n").has_value());
  ASSERT_TRUE(file->flush().has_value());
  EXPECT_EQ(read_back("evidence.zst"), "first\nsecond\n");
}

TEST_F(PosixFilesTest, AnEmptyCompressedFileIsAValidOne) {
  ASSERT_TRUE(created("empty.zst")->close().has_value());
  EXPECT_EQ(content("empty.zst").substr(0, 4), "\x28\xb5\x2f\xfd");
  EXPECT_EQ(read_back("empty.zst"), "");
}

TEST_F(PosixFilesTest, ACutCompressedFileGivesItsWholeFramesThenAnError) {
  auto file = created("evidence.zst");
  ASSERT_TRUE(file->write("whole\n").has_value());
  ASSERT_TRUE(file->flush().has_value());
  const std::size_t whole = content("evidence.zst").size();
  ASSERT_TRUE(file->write(lines(100)).has_value());
  ASSERT_TRUE(file->close().has_value());
  std::filesystem::resize_file(path("evidence.zst"), whole + 20);

  auto reader = files_.open(path("evidence.zst"));
  ASSERT_TRUE(reader.has_value());
  EXPECT_EQ((*reader)->read(1000).value(), "whole\n");
  const auto cut = (*reader)->read(1000);
  ASSERT_FALSE(cut.has_value());
  EXPECT_EQ(cut.error().message,
            "\"" + path("evidence.zst") + "\" ends in the middle of a compressed frame; its writer was cut off");
}

TEST_F(PosixFilesTest, ADecompressionBombHitsTheLimit) {
  auto file = created("bomb.zst");
  const std::string zeros(1 << 20, '\0');
  for (int i = 0; i < 64; ++i) {
    ASSERT_TRUE(file->write(zeros).has_value());
  }
  ASSERT_TRUE(file->close().has_value());
  EXPECT_LT(content("bomb.zst").size(), 100'000U);
  EXPECT_FALSE(files_.read_all(path("bomb.zst"), 1 << 20).has_value());
}

TEST_F(PosixFilesTest, GarbageIsNotZstandard) {
  put("fake.zst", "this was never compressed");
  const auto read = files_.read_all(path("fake.zst"), 1000);
  ASSERT_FALSE(read.has_value());
  EXPECT_NE(read.error().message.find("cannot decompress"), std::string::npos) << read.error().message;
}

TEST_F(PosixFilesTest, ADashIsTheStandardStream) {
  // The streams of the test itself are put back afterwards.
  const int saved_input = ::dup(0);
  const int saved_output = ::dup(1);
  put("in", "from stdin");
  ASSERT_NE(::freopen(path("in").c_str(), "r", stdin), nullptr);
  const auto read = files_.read_all("-", 100);
  ::fflush(stdout);
  const int out = ::creat(path("out").c_str(), 0600);
  ::dup2(out, 1);
  ::close(out);
  auto file = files_.replace("-");
  const bool is_written = file && (*file)->write("to stdout") && (*file)->close();
  ::dup2(saved_output, 1);
  ::dup2(saved_input, 0);
  ::close(saved_output);
  ::close(saved_input);
  EXPECT_EQ(read.value(), "from stdin");
  EXPECT_TRUE(is_written);
  EXPECT_EQ(content("out"), "to stdout");
}

TEST_F(PosixFilesTest, KnowsWhatExists) {
  put("a", "");
  EXPECT_TRUE(files_.exists(path("a")));
  EXPECT_FALSE(files_.exists(path("b")));
  EXPECT_TRUE(files_.exists("-"));
}

}  // namespace cachewitness::adapters
