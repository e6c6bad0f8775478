#include "adapters/landlock.h"

#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

namespace cachewitness::adapters {

namespace {

// Rights and scopes that are newer than Debian 12's headers, by the ABI version that brought them; landlock(7).
constexpr std::uint64_t truncate_right = 1ULL << 14U;        // 3
constexpr std::uint64_t device_ioctl_right = 1ULL << 15U;    // 5
constexpr std::uint64_t abstract_socket_scope = 1ULL << 0U;  // 6
constexpr std::uint64_t signal_scope = 1ULL << 1U;           // 6: a program cannot kill who watches it

// The kernel takes a longer structure than the header's, as long as it knows the version.
struct RulesetAttributes {
  std::uint64_t files = 0;
  std::uint64_t network = 0;
  std::uint64_t scopes = 0;
};

constexpr std::uint64_t read_rights =
    LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
constexpr std::uint64_t device_node_rights = LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_BLOCK;
// What a rule for something else than a folder may grant.
constexpr std::uint64_t file_rights = LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE |
                                      LANDLOCK_ACCESS_FS_WRITE_FILE | truncate_right | device_ioctl_right;

constexpr const char* system_folders[] = {
    "/usr",      "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/etc", "/opt", "/proc", "/sys", "/run/systemd/resolve",
    "/nix/store"};
constexpr const char* harmless_devices[] = {"/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom"};

std::uint64_t all_rights(std::uint32_t abi) {
  std::uint64_t rights = LANDLOCK_ACCESS_FS_MAKE_SYM * 2 - 1;  // the thirteen of version 1
  rights |= abi >= 2 ? LANDLOCK_ACCESS_FS_REFER : 0;
  rights |= abi >= 3 ? truncate_right : 0;
  rights |= abi >= 5 ? device_ioctl_right : 0;
  return rights;
}

std::size_t attribute_bytes(std::uint32_t abi) {
  return abi < 4 ? sizeof(std::uint64_t) : abi < 6 ? 2 * sizeof(std::uint64_t) : sizeof(RulesetAttributes);
}

bool allow(int rules, const std::string& path, std::uint64_t rights) {
  const UniqueFd place(::open(path.c_str(), O_PATH | O_CLOEXEC));
  if (!place.is_open()) {
    return true;  // what is not there cannot be used either
  }
  struct stat status{};
  if (::fstat(place.get(), &status) != 0) {
    return false;
  }
  const landlock_path_beneath_attr rule{S_ISDIR(status.st_mode) ? rights : rights & file_rights, place.get()};
  return ::syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == 0;
}

}  // namespace

std::uint32_t landlock_abi() {
  const long version = ::syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
  return version < 0 ? 0 : static_cast<std::uint32_t>(version);
}

UniqueFd make_landlock_rules(std::uint32_t abi, const ports::FileAccess& files, const std::vector<std::string>& own) {
  RulesetAttributes attributes;
  attributes.files = all_rights(abi);
  attributes.scopes = abi >= 6 ? abstract_socket_scope | signal_scope : 0;
  UniqueFd rules(static_cast<int>(
      ::syscall(SYS_landlock_create_ruleset, &attributes, attribute_bytes(abi), 0)));  // close-on-exec by itself
  bool is_good = rules.is_open();
  const auto allow_all = [&](const auto& paths, std::uint64_t rights) {
    for (const auto& path : paths) {
      is_good = is_good && allow(rules.get(), path, rights & attributes.files);
    }
  };
  allow_all(system_folders, read_rights);
  allow_all(own, read_rights);
  allow_all(files.readable, read_rights);
  allow_all(files.writable, ~device_node_rights);
  allow_all(harmless_devices, ~device_node_rights);
  return is_good ? std::move(rules) : UniqueFd();
}

int apply_landlock(int rules) { return ::syscall(SYS_landlock_restrict_self, rules, 0) == 0 ? 0 : errno; }

}  // namespace cachewitness::adapters
