#include "http/h2/hpack_table.h"

#include <bit>
#include <cstring>

#include "base/assert.h"

namespace cachewitness::http::h2 {

namespace {

constexpr std::size_t entry_overhead = 32;  // RFC 7541 4.1: no entry is smaller

TableEntry entry(std::string_view line, std::uint32_t name_size) {
  TableEntry made;
  made.line = line.data();
  made.name_size = name_size;
  made.value_size = static_cast<std::uint32_t>(line.size() - name_size - 4);
  made.kind = kind_of(line.substr(0, name_size));
  return made;
}

const std::array<TableEntry, static_entries> static_fields{
    entry(":authority: \r\n", 10),
    entry(":method: GET\r\n", 7),
    entry(":method: POST\r\n", 7),
    entry(":path: /\r\n", 5),
    entry(":path: /index.html\r\n", 5),
    entry(":scheme: http\r\n", 7),
    entry(":scheme: https\r\n", 7),
    entry(":status: 200\r\n", 7),
    entry(":status: 204\r\n", 7),
    entry(":status: 206\r\n", 7),
    entry(":status: 304\r\n", 7),
    entry(":status: 400\r\n", 7),
    entry(":status: 404\r\n", 7),
    entry(":status: 500\r\n", 7),
    entry("accept-charset: \r\n", 14),
    entry("accept-encoding: gzip, deflate\r\n", 15),
    entry("accept-language: \r\n", 15),
    entry("accept-ranges: \r\n", 13),
    entry("accept: \r\n", 6),
    entry("access-control-allow-origin: \r\n", 27),
    entry("age: \r\n", 3),
    entry("allow: \r\n", 5),
    entry("authorization: \r\n", 13),
    entry("cache-control: \r\n", 13),
    entry("content-disposition: \r\n", 19),
    entry("content-encoding: \r\n", 16),
    entry("content-language: \r\n", 16),
    entry("content-length: \r\n", 14),
    entry("content-location: \r\n", 16),
    entry("content-range: \r\n", 13),
    entry("content-type: \r\n", 12),
    entry("cookie: \r\n", 6),
    entry("date: \r\n", 4),
    entry("etag: \r\n", 4),
    entry("expect: \r\n", 6),
    entry("expires: \r\n", 7),
    entry("from: \r\n", 4),
    entry("host: \r\n", 4),
    entry("if-match: \r\n", 8),
    entry("if-modified-since: \r\n", 17),
    entry("if-none-match: \r\n", 13),
    entry("if-range: \r\n", 8),
    entry("if-unmodified-since: \r\n", 19),
    entry("last-modified: \r\n", 13),
    entry("link: \r\n", 4),
    entry("location: \r\n", 8),
    entry("max-forwards: \r\n", 12),
    entry("proxy-authenticate: \r\n", 18),
    entry("proxy-authorization: \r\n", 19),
    entry("range: \r\n", 5),
    entry("referer: \r\n", 7),
    entry("refresh: \r\n", 7),
    entry("retry-after: \r\n", 11),
    entry("server: \r\n", 6),
    entry("set-cookie: \r\n", 10),
    entry("strict-transport-security: \r\n", 25),
    entry("transfer-encoding: \r\n", 17),
    entry("user-agent: \r\n", 10),
    entry("vary: \r\n", 4),
    entry("via: \r\n", 3),
    entry("www-authenticate: \r\n", 16),
};

}  // namespace

const std::array<TableEntry, static_entries>& static_table() { return static_fields; }

DynamicTable::DynamicTable(std::size_t max_bytes)
    : max_bytes_(max_bytes),
      limit_(max_bytes),
      mask_(std::bit_ceil(max_bytes / entry_overhead + 1) - 1),
      entries_(mask_ + 1),
      lines_(2 * max_bytes) {}

void DynamicTable::start() {
  limit_ = max_bytes_;
  evict(0);
}

void DynamicTable::resize(std::size_t bytes) {
  CW_ASSERT(bytes <= max_bytes_);
  limit_ = bytes;
  evict(limit_);
}

void DynamicTable::insert(const TableEntry& entry) {
  if (entry.table_size() > limit_) {
    return evict(0);
  }
  evict(limit_ - entry.table_size());
  const std::size_t size = entry.line_size();
  // What lives is at most `limit_` bytes long and ends at next_line_: where it would run over the end, it lies in the
  // second half, and the first one is free.
  next_line_ = next_line_ + size > lines_.size() ? 0 : next_line_;
  std::memcpy(lines_.data() + next_line_, entry.line, size);
  newest_ = (newest_ + 1) & mask_;
  entries_[newest_] = entry;
  entries_[newest_].line = lines_.data() + next_line_;
  next_line_ += size;
  bytes_ += entry.table_size();
  ++count_;
}

void DynamicTable::evict(std::size_t target) {
  while (bytes_ > target) {
    bytes_ -= at(count_ - 1).table_size();
    --count_;
  }
}

}  // namespace cachewitness::http::h2
