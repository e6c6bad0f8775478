#include "adapters/posix_synced_file.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <sstream>

namespace cachewitness::adapters {
namespace {

class PosixSyncedFileTest : public ::testing::Test {
 protected:
  PosixSyncedFileTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "cachewitness-synced-XXXXXX").string();
    directory_ = ::mkdtemp(pattern.data());
    path_ = directory_ + "/journal.jsonl";
  }
  ~PosixSyncedFileTest() override { std::filesystem::remove_all(directory_); }

  void write(std::string_view text) const { std::ofstream(path_) << text; }
  [[nodiscard]] std::string read() const {
    std::ostringstream text;
    text << std::ifstream(path_).rdbuf();
    return text.str();
  }

  std::string directory_;
  std::string path_;
};

// Files of this process grow to so many bytes at most, as on a disk that is nearly full.
class SmallDisk {
 public:
  explicit SmallDisk(rlim_t bytes) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    handler_ = ::signal(SIGXFSZ, SIG_IGN);
    const rlimit small{bytes, before_.rlim_max};
    EXPECT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;
  ~SmallDisk() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    ::signal(SIGXFSZ, handler_);
  }

 private:
  rlimit before_{};
  sighandler_t handler_ = SIG_DFL;
};

TEST_F(PosixSyncedFileTest, ANewFileIsForItsUserAlone) {
  auto file = PosixSyncedFile::create(path_);
  ASSERT_TRUE(file);
  ASSERT_TRUE((*file)->append("one\n"));
  ASSERT_TRUE((*file)->append("two\nthree\n"));
  EXPECT_EQ(read(), "one\ntwo\nthree\n");
  struct stat info = {};
  ASSERT_EQ(::stat(path_.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777U, 0600U);
}

TEST_F(PosixSyncedFileTest, AnEarlierFileIsNeverWrittenOver) {
  write("earlier\n");
  const auto file = PosixSyncedFile::create(path_);
  ASSERT_FALSE(file);
  EXPECT_EQ(file.error().id, base::errors::unwritable_file);
  EXPECT_NE(file.error().message.find("--resume"), std::string::npos) << file.error().message;
  EXPECT_EQ(read(), "earlier\n");
}

TEST_F(PosixSyncedFileTest, WhatACrashLeftOfALineIsCutOff) {
  const struct {
    std::string_view left;
    std::string_view kept;
  } rows[] = {{"", ""},   {"one\n", "one\n"},    {"one\ntwo\n", "one\ntwo\n"}, {"one\ntw", "one\n"},
              {"on", ""}, {"one\n\n", "one\n\n"}};
  for (const auto& row : rows) {
    SCOPED_TRACE(row.left);
    write(row.left);
    auto file = PosixSyncedFile::extend(path_);
    ASSERT_TRUE(file);
    EXPECT_EQ(read(), row.kept);
    ASSERT_TRUE((*file)->append("more\n"));
    EXPECT_EQ(read(), std::string(row.kept) + "more\n");
  }
}

TEST_F(PosixSyncedFileTest, OneProcessWritesAtATime) {
  auto first = PosixSyncedFile::create(path_);
  ASSERT_TRUE(first);
  ASSERT_TRUE((*first)->append("one\npart of a line"));
  const auto second = PosixSyncedFile::extend(path_);
  ASSERT_FALSE(second);
  EXPECT_NE(second.error().message.find("another process writes to it"), std::string::npos) << second.error().message;
  EXPECT_EQ(read(), "one\npart of a line") << "nothing is cut off of what another one writes";
  first->reset();
  EXPECT_TRUE(PosixSyncedFile::extend(path_)) << "its end ends the lock";
}

TEST_F(PosixSyncedFileTest, AFullDiskIsAnErrorAndLeavesAFileThatCanBeExtended) {
  auto file = PosixSyncedFile::create(path_);
  ASSERT_TRUE(file);
  ASSERT_TRUE((*file)->append("one\n"));
  {
    const SmallDisk disk(6);
    const auto appended = (*file)->append("two\n");
    ASSERT_FALSE(appended);
    EXPECT_EQ(appended.error().id, base::errors::unwritable_file);
    EXPECT_TRUE(appended.error().message.starts_with(path_ + ": ")) << appended.error().message;
    EXPECT_EQ(read(), "one\ntw") << "as much as there was room for";
  }
  file->reset();
  auto again = PosixSyncedFile::extend(path_);
  ASSERT_TRUE(again);
  ASSERT_TRUE((*again)->append("two\n"));
  EXPECT_EQ(read(), "one\ntwo\n");
}

TEST_F(PosixSyncedFileTest, AFileThatIsNotThereOrCannotBeMadeIsAnError) {
  EXPECT_FALSE(PosixSyncedFile::extend(path_));
  EXPECT_FALSE(PosixSyncedFile::create(directory_ + "/no/such/folder"));
  EXPECT_FALSE(PosixSyncedFile::create(directory_));
}

}  // namespace
}  // namespace cachewitness::adapters
