// Prints docs/providers.md from the table of providers, so that what users read is what is read of answers.
#include <cstdio>
#include <string>

#include <fmt/format.h>

#include "http/provider_table.h"

namespace {

using namespace cachewitness;

std::string field(http::FieldNumber number) { return fmt::format("`{}`", http::provider_fields()[number]); }

void add(std::string& list, const std::string& item) {
  if (list.find(item) == std::string::npos) {
    list.append(list.empty() ? "" : ", ").append(item);
  }
}

std::string or_dash(const std::string& text) { return text.empty() ? "-" : text; }

std::string signs_of(const http::ProviderRow& row) {
  std::string list;
  for (const http::ProviderSign& sign : row.signs) {
    add(list, sign.match == http::ProviderSign::Match::present
                  ? field(sign.field)
                  : fmt::format("{} with `{}`", field(sign.field), sign.text));
  }
  return or_dash(list);
}

std::string status_of(const http::ProviderRow& row) {
  std::string list;
  for (const http::StatusField& status : row.status) {
    add(list, field(status.field));
  }
  return or_dash(list);
}

std::string identity_of(const http::ProviderRow& row, http::IdentityField::What what) {
  std::string list;
  for (const http::IdentityField& identity : row.identity) {
    if (identity.what == what) {
      add(list, field(identity.field));
    }
  }
  return or_dash(list);
}

std::string targeted_of(const http::ProviderRow& row) {
  std::string list;
  for (const std::string_view name : row.targeted) {
    add(list, fmt::format("`{}`", name));
  }
  return or_dash(list);
}

void print_words() {
  std::puts(
      "\n## Words\n\n"
      "What a word of a status field stands for. `cache-status` is read as RFC 9211 has it, `via` by the codes that\n"
      "Traffic Server writes into it, `x-varnish` by its one transaction id (miss) or two (hit).\n\n"
      "| provider | field | words |\n| --- | --- | --- |");
  for (const http::ProviderRow& row : http::provider_rows()) {
    for (const http::StatusField& status : row.status) {
      std::string list;
      for (const http::StatusWord& word : status.words) {
        list += fmt::format("{}`{}` {}", list.empty() ? "" : ", ", word.text, name(word.mark));
      }
      if (!list.empty()) {
        fmt::print("| {} | {} | {} |\n", row.slug, field(status.field), list);
      }
    }
  }
}

}  // namespace

int main() {
  std::puts(
      "# What is read of CDNs and caches\n\n"
      "Generated from `src/http/provider_table.cpp` by `tools/provider_docs.cpp`: edit the table, then run\n"
      "`cmake --build build/dev --target provider_docs_update`.\n\n"
      "An edge's `provider` in the manifest is one of these names; where it is left out, it is detected. What stands "
      "in\n"
      "front decides: `server` and the last member of `via` before other fields, CDNs before software, and where two "
      "CDNs\n"
      "are equally likely, neither. Words about a cache are a hint: verdicts rest on content and on Age.\n\n"
      "| provider | shown by | status | place | server | targeted fields, before Cache-Control |\n"
      "| --- | --- | --- | --- | --- | --- |");
  for (const http::ProviderRow& row : http::provider_rows()) {
    fmt::print("| {} | {} | {} | {} | {} | {} |\n", row.slug, signs_of(row), status_of(row),
               identity_of(row, http::IdentityField::What::pop), identity_of(row, http::IdentityField::What::node),
               targeted_of(row));
  }
  print_words();
  return 0;
}
