// The way back: from a notebook's packed rows to the sightings that were written down.
#include <algorithm>
#include <array>

#include "http/cache_status.h"
#include "http/entity_tag.h"
#include "http/http_date.h"
#include "http/provider_table.h"
#include "http/vendor_status.h"
#include "verdict/notebook.h"
#include "verdict/notebook_layout.h"
#include "verdict/packed_text.h"

namespace cachewitness::verdict {

namespace {

std::uint32_t row_before(std::uint32_t at, const Ledger::Row& row) {
  const auto back = static_cast<std::uint32_t>(row[before_column]);
  return back == 0 ? Trail::none : at - back;
}

}  // namespace

void Notebook::read(const Trail& trail, evidence::TenantId tenant, evidence::AssetId asset,
                    std::vector<Sighting>& out) const {
  out.clear();
  for (std::size_t role = rows_.size(); role-- > 0;) {
    for (std::uint32_t at = trail.last.at(role); at != Trail::none;) {
      const Ledger::Row row = rows_[role].row(at);
      if (out.empty()) {
        out.emplace_back();
      } else {
        out.push_back(out.back());  // most of it is as in the one before
      }
      Sighting& sighting = out.back();
      sighting.role = static_cast<evidence::Role>(role);
      sighting.id = static_cast<std::uint64_t>(row[id_column]) + at;
      sighting.cell = {evidence::EdgeId{static_cast<std::uint32_t>(row[edge_column])}, tenant, asset,
                       evidence::VariantId{static_cast<std::uint32_t>(row[variant_column])}};
      read_row(row, sighting);
      at = row_before(at, row);
    }
  }
}

void Notebook::read_cells(const Trail& trail, evidence::TenantId tenant, evidence::AssetId asset,
                          std::vector<evidence::Cell>& out) const {
  out.clear();
  const Ledger& rows = rows_.at(static_cast<std::size_t>(evidence::Role::probe));
  for (std::uint32_t at = trail.last.at(static_cast<std::size_t>(evidence::Role::probe)); at != Trail::none;) {
    const Ledger::Row row = rows.row(at);
    out.push_back({evidence::EdgeId{static_cast<std::uint32_t>(row[edge_column])}, tenant, asset,
                   evidence::VariantId{static_cast<std::uint32_t>(row[variant_column])}});
    at = row_before(at, row);
  }
  std::ranges::reverse(out);
  if (!std::ranges::is_sorted(out)) {
    std::ranges::sort(out);
  }
  const auto repeated = std::ranges::unique(out);
  out.erase(repeated.begin(), repeated.end());
}

void Notebook::read_row(const Ledger::Row& row, Sighting& sighting) const {
  const auto number = [&row](Column column) { return static_cast<std::uint32_t>(row[column]); };
  sighting.sent_at = {row[sent_column]};
  sighting.received_at = {static_cast<std::int64_t>(static_cast<std::uint64_t>(row[sent_column]) +
                                                    static_cast<std::uint64_t>(row[took_column]))};
  sighting.connection = static_cast<std::uint64_t>(row[connection_column]);
  sighting.replica = evidence::ReplicaId{number(replica_column)};
  sighting.sample = static_cast<std::uint16_t>(row[sample_column]);
  sighting.url = number(url_column);
  sighting.age_s = row[age_column] - 1;
  sighting.date = instant_in(row[date_column]);
  sighting.node = number(node_column);
  sighting.exchange = static_cast<std::uint64_t>(row[exchange_column]);
  sighting.trace = number(trace_column) == 0 ? Text{} : Text(traces_.at(number(trace_column) - 1));
  if (const std::uint32_t words = number(words_column); sighting.words != words) {
    sighting.words = words;
    sighting.mark = words == 0 ? http::CacheMark::none : static_cast<http::CacheMark>(words_.at(words - 1)[0]);
  }
  if (sighting.form != number(form_column)) {
    sighting.form = number(form_column);
    read_form(sighting);
  }
  const bool is_dated_by_receipt = !is_absolute(sighting.last_modified.view());
  if (sighting.version != number(version_column) || is_dated_by_receipt) {
    sighting.version = number(version_column);
    read_version(sighting);
  }
}

void Notebook::read_form(Sighting& sighting) const {
  PackedReader form(forms_.at(sighting.form - 1).data());
  sighting.status = static_cast<std::int16_t>(form.number());
  sighting.cause = static_cast<base::FailureCause>(form.byte());
  sighting.stage = static_cast<base::Stage>(form.byte());
  const char flags = form.byte();
  sighting.is_broken = (flags & flag_broken) != 0;
  sighting.is_empty = (flags & flag_empty) != 0;
  sighting.failure_detail = form.text();
  for (const auto member :
       {&Sighting::cache_control, &Sighting::vary, &Sighting::content_encoding, &Sighting::location}) {
    sighting.*member = (flags & flag_failure) != 0 ? Text{} : form.text();
  }
  sighting.targeted = (flags & flag_failure) != 0 ? Text{} : form.text();
  sighting.further_fields = form.position();
}

void Notebook::read_version(Sighting& sighting) const {
  sighting.digest = sighting.etag = sighting.etag_core = sighting.last_modified = {};
  sighting.modified_at.reset();
  sighting.is_weak = false;
  if (sighting.version == 0) {
    return;
  }
  PackedReader version(versions_.at(sighting.version - 1).data());
  sighting.digest = version.text();
  sighting.etag = version.text();
  sighting.last_modified = version.text();
  if (const auto tag = http::parse_entity_tag(sighting.etag.view())) {
    sighting.is_weak = tag->is_weak;
    sighting.etag_core = Text(http::core(sighting.etag.view()));
  }
  sighting.modified_at = http::parse_http_date(sighting.last_modified.view(), sighting.received_at);
}

Text Notebook::field(const Sighting& sighting, std::size_t index) const {
  if (!sighting.is_answer()) {
    return {};
  }
  if (kept_.at(index) != nullptr) {
    return sighting.*kept_[index];
  }
  PackedReader further(sighting.further_fields);
  for (auto before = std::count(kept_.begin(), kept_.begin() + static_cast<std::ptrdiff_t>(index), nullptr); before > 0;
       --before) {
    further.text();
  }
  return further.text();
}

std::string Notebook::words_of(const Sighting& sighting) const {
  if (sighting.words == 0) {
    return {};
  }
  const std::string_view key = words_.at(sighting.words - 1);
  const std::string_view text = key[2] != 0 ? sighting.trace.view() : key.substr(words_text_at);
  return std::string(http::provider_fields()[static_cast<std::size_t>(key[1])]).append(": ").append(text);
}

bool Notebook::says_fresh(const Sighting& sighting) const {
  if (sighting.words == 0 || sighting.mark != http::CacheMark::hit) {
    return false;
  }
  const std::string_view key = words_.at(sighting.words - 1);
  const auto field = static_cast<http::FieldNumber>(key[1]);
  if (http::provider_fields()[field] != "cache-status") {
    return http::tells_stale_apart(provider_of(sighting.cell.edge), field);
  }
  const auto hops = http::parse_cache_status(key.substr(words_text_at));
  return !hops.empty() && hops.back().ttl.value_or(0) > 0;
}

http::Provider Notebook::provider_of(evidence::EdgeId edge) const {
  const Lane& lane = lanes_.at(edge.index());
  return lane.provider.declared != http::Provider::unknown ? lane.provider.declared : lane.profiler.provider();
}

std::string Notebook::url_of(const Sighting& sighting) const {
  return fill_url_pattern(urls_.at(sighting.url - 1), names_of(roster_, sighting.cell));
}

std::string Notebook::base_url_of(const Trail& trail, evidence::TenantId tenant) const {
  constexpr auto probes = static_cast<std::size_t>(evidence::Role::probe);
  const auto url = static_cast<std::uint32_t>(rows_.at(probes).value(trail.last.at(probes), url_column));
  return fill_url_pattern(urls_.at(url - 1), UrlNames{name_in(roster_.tenants, tenant), {}, {}, {}});
}

void Notebook::for_each_timing(const std::function<void(std::span<const Timing>)>& visit) const {
  const Ledger& rows = rows_.at(static_cast<std::size_t>(evidence::Role::probe));
  std::array<std::int64_t, Ledger::block_rows> column{};
  std::array<Timing, Ledger::block_rows> block;
  for (std::size_t first = 0; first < rows.size(); first += Ledger::block_rows) {
    const auto fill = [&](Column which, const auto& take) {
      const std::size_t count = rows.read_column(first, which, column);
      for (std::size_t i = 0; i < count; ++i) {
        take(block[i], column[i]);
      }
      return count;
    };
    fill(edge_column, [](Timing& t, std::int64_t v) { t.edge = evidence::EdgeId{static_cast<std::uint32_t>(v)}; });
    fill(took_column, [](Timing& t, std::int64_t v) { t.took = base::Duration{v}; });
    fill(connection_column, [](Timing& t, std::int64_t v) { t.connection = static_cast<std::uint64_t>(v); });
    const std::size_t count = fill(
        form_column, [&](Timing& t, std::int64_t v) { t.is_answer = is_answer_[static_cast<std::size_t>(v) - 1]; });
    visit({block.data(), count});
  }
}

std::string_view Notebook::node_of(const Sighting& sighting) const {
  return sighting.node == 0 ? std::string_view{} : nodes_.at(sighting.node - 1);
}

}  // namespace cachewitness::verdict
