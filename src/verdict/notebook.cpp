#include "verdict/notebook.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "base/assert.h"
#include "base/text.h"
#include "http/age.h"
#include "http/entity_tag.h"
#include "http/http_date.h"
#include "http/vendor_status.h"
#include "verdict/packed_text.h"
#include "verdict/url_pattern.h"

namespace cachewitness::verdict {

namespace {

// The columns of the ledgers. Numbers that grow along with the rows are kept as what they differ by.
enum Column : std::size_t {
  id_column,  // less the row's index
  sent_column,
  took_column,
  connection_column,
  edge_column,
  replica_column,
  variant_column,
  sample_column,
  before_column,  // how many rows the trail's one before lies back; 0 = none
  form_column,
  version_column,
  words_column,
  trace_column,
  url_column,
  age_column,   // one more; 0 = none
  date_column,  // in seconds, shifted; 0 = none
  node_column,
  exchange_column,
  column_count
};
static_assert(column_count == Ledger::columns);

// Fields with a number of their own in FieldNames: the first of them, in this order.
enum Name : std::size_t { date, age, trace, etag, last_modified, cache_control, vary, content_encoding, location };
constexpr std::array<std::string_view, 9> own_names{
    "date", "age", "x-varnish", "etag", "last-modified", "cache-control", "vary", "content-encoding", "location"};
enum Use : FieldNames::Uses {
  use_date = 1,
  use_age = 2,
  use_version = 4,
  use_form = 8,
  use_words = 16,
  use_provider = 32,
  use_identity = 64,
  use_exchange = 128,
};
constexpr std::array<FieldNames::Uses, own_names.size()> own_uses{
    use_date, use_age, use_words, use_version, use_version, use_form, use_form, use_form, use_form};

constexpr ProviderReader::Uses provider_uses{
    .words = use_words, .provider = use_provider, .identity = use_identity, .exchange = use_exchange};

// HTTP dates lie in the years 1700 to 2250, so this keeps them above zero.
constexpr std::int64_t date_shift = std::int64_t{1} << 40;
enum FormFlag : std::uint8_t { flag_broken = 1, flag_empty = 2, flag_failure = 4 };
constexpr std::size_t words_text_at = 3;  // after the mark, the field's number, and whether the text is the trace
constexpr std::int64_t second = 1'000'000'000;

Text Sighting::* member_for(std::string_view name) {
  constexpr std::array<std::pair<std::string_view, Text Sighting::*>, 6> members{{
      {"etag", &Sighting::etag},
      {"last-modified", &Sighting::last_modified},
      {"cache-control", &Sighting::cache_control},
      {"vary", &Sighting::vary},
      {"content-encoding", &Sighting::content_encoding},
      {"location", &Sighting::location},
  }};
  const auto* const found = std::ranges::find(members, name, &std::pair<std::string_view, Text Sighting::*>::first);
  return found == members.end() ? nullptr : found->second;
}

// RFC 9110 5.6.7: only the form with a two-digit year, the one with dashes, is read by the time of receipt.
bool is_absolute(std::string_view date_text) { return date_text.find('-') == std::string_view::npos; }

FieldNames own_fields() {
  FieldNames fields;
  for (std::size_t i = 0; i < own_names.size(); ++i) {
    fields.add(own_names[i], own_uses[i]);
  }
  return fields;
}

std::optional<base::Instant> instant_in(std::int64_t date_of_row) {
  return date_of_row == 0 ? std::nullopt : std::optional(base::Instant{(date_of_row - date_shift) * second});
}

std::uint32_t row_before(std::uint32_t at, const Ledger::Row& row) {
  const auto back = static_cast<std::uint32_t>(row[before_column]);
  return back == 0 ? Trail::none : at - back;
}

template <typename Id>
std::string_view name_in(const base::StringTable& names, Id id) {
  return id.index() < names.size() ? names.at(id.value) : std::string_view{};
}

UrlNames names_of(const evidence::Roster& roster, const evidence::Cell& cell) {
  UrlNames names{name_in(roster.tenants, cell.tenant), name_in(roster.assets, cell.asset), {}, {}};
  if (cell.edge.index() < roster.edges.size()) {
    names.edge = roster.edge(cell.edge).name;
    names.region = roster.edge(cell.edge).region;
  }
  return names;
}

}  // namespace

Notebook::Notebook(const manifest::Policy& policy, const evidence::Roster& roster)
    : roster_(roster),
      reads_bodies_(policy.body != manifest::BodyPolicy::head),
      fields_(own_fields()),
      providers_(fields_, provider_uses) {
  for (const std::string& given : policy.compare) {
    if (given == "status") {
      continue;
    }
    const std::string& name = compared_.emplace_back(base::lower_case(given));
    kept_.push_back(member_for(name));
    if (kept_.back() == nullptr) {
      further_.push_back(fields_.add(name, use_form));
    }
  }
  lanes_.resize(roster.edges.size() + roster.replicas.size(), Lane(fields_));
  for (std::size_t i = 0; i < roster.edges.size(); ++i) {
    lanes_[i].provider.declared = http::find_provider(roster.edges[i].provider).value_or(http::Provider::unknown);
    lanes_[i].hides_servers = roster.edges[i].servers > 1;
  }
}

bool Notebook::is_telling(const evidence::Evidence& evidence) {
  const base::Failure* failure = evidence.failure();
  return failure == nullptr || failure->cause != base::FailureCause::cancelled;
}

std::size_t Notebook::size() const { return rows_[0].size() + rows_[1].size() + rows_[2].size(); }

Notebook::Lane& Notebook::lane_of(const evidence::Evidence& evidence) {
  return evidence.role == evidence::Role::origin ? lanes_.at(roster_.edges.size() + evidence.replica.index())
                                                 : lanes_.at(evidence.cell.edge.index());
}

void Notebook::add(const evidence::Evidence& evidence, Trail& trail) {
  Ledger& rows = rows_.at(static_cast<std::size_t>(evidence.role));
  std::uint32_t& last = trail.last.at(static_cast<std::size_t>(evidence.role));
  const auto index = static_cast<std::uint32_t>(rows.size());
  CW_ASSERT(rows.size() < Trail::none);
  Lane& lane = lane_of(evidence);
  Ledger::Row row{};
  row[id_column] = static_cast<std::int64_t>(evidence.id - index);
  row[sent_column] = evidence.sent_at.ns;
  row[took_column] = static_cast<std::int64_t>(static_cast<std::uint64_t>(evidence.received_at.ns) -
                                               static_cast<std::uint64_t>(evidence.sent_at.ns));
  row[connection_column] = static_cast<std::int64_t>(evidence.path.connection);
  row[edge_column] = evidence.cell.edge.value;
  row[replica_column] = evidence.replica.value;
  row[variant_column] = evidence.cell.variant.value;
  row[sample_column] = evidence.sample;
  row[before_column] = last == Trail::none ? 0 : index - last;
  lane.url = url_pattern_of(evidence, lane.url);
  row[url_column] = lane.url;
  if (const base::Failure* failure = evidence.failure(); failure != nullptr) {
    row[form_column] = form_of_failure(*failure);
  } else {
    read_response(evidence, trail, lane, row);
    trail.version = static_cast<std::uint32_t>(row[version_column]);
    if (evidence.role == evidence::Role::probe) {
      note_profile(evidence, row, lane);
    } else if (evidence.role == evidence::Role::baseline && lane.node != 0) {
      lane.nodes_before.add(lane.node);
    }
  }
  rows.append(row);
  last = index;
}

void Notebook::read_response(const evidence::Evidence& evidence, const Trail& trail, Lane& lane, Ledger::Row& row) {
  const evidence::Response& response = *evidence.response();
  const bool is_broken = !response.body.decode_error.empty();
  const bool is_empty = is_seen_empty(response);
  const FieldNames::Uses changed = lane.heads.read(response.head);
  read_dating(changed, evidence.received_at, lane);
  if ((changed & provider_uses.any()) != 0) {
    providers_.read(lane.heads, changed, lane.provider);
    lane.is_identity_noted = false;
    if ((changed & (use_words | use_provider)) != 0) {
      note_words(lane);
    }
    if ((changed & (use_identity | use_provider)) != 0) {
      const std::string& node = lane.provider.identity.node;
      lane.node = node.empty() ? 0 : nodes_.intern(node) + 1;
    }
  }
  if (!lane.has_form || (changed & use_form) != 0 || lane.status != response.status || lane.is_broken != is_broken ||
      lane.is_empty != is_empty) {
    lane.form = form_of_answer(response, lane.heads);
    lane.has_form = true;
    lane.status = response.status;
    lane.is_broken = is_broken;
    lane.is_empty = is_empty;
  }
  row[form_column] = lane.form;
  row[version_column] = version_of(response, lane.heads, trail.version);
  row[words_column] = lane.words;
  row[trace_column] = lane.trace;
  row[age_column] = lane.age;
  row[date_column] = lane.date;
  row[node_column] = lane.node;
  row[exchange_column] = static_cast<std::int64_t>(lane.provider.exchange);
}

void Notebook::read_dating(FieldNames::Uses changed, base::Instant received_at, Lane& lane) const {
  if ((changed & use_age) != 0) {
    lane.age = http::parse_age(lane.heads.value(age).value_or("")).value_or(-1) + 1;
  }
  if ((changed & use_date) != 0 || !lane.is_date_absolute) {
    const std::string_view text = lane.heads.value(date).value_or("");
    const auto when = http::parse_http_date(text, received_at);
    lane.date = when ? when->ns / second + date_shift : 0;
    lane.is_date_absolute = is_absolute(text);
  }
}

// The words are kept with their mark and their field; a transaction id of Varnish's, which no other answer has, is
// in the trace anyway.
void Notebook::note_words(Lane& lane) {
  const auto trace_text = lane.heads.value(trace);
  lane.trace = trace_text ? traces_.intern(*trace_text) + 1 : 0;
  lane.words = 0;
  lane.mark = http::CacheMark::none;
  const http::VendorReading reading = providers_.words(lane.provider);
  if (reading.mark == http::CacheMark::none) {
    return;
  }
  lane.mark = reading.mark;
  const bool is_trace = trace_text && reading.text == *trace_text;
  key_ = {static_cast<char>(reading.mark), static_cast<char>(reading.field), static_cast<char>(is_trace)};
  key_.append(is_trace ? std::string_view{} : reading.text);
  lane.words = words_.intern(key_) + 1;
}

void Notebook::note_profile(const evidence::Evidence& evidence, const Ledger::Row& row, Lane& lane) {
  lane.profiler.add({.sent_at = evidence.sent_at,
                     .received_at = evidence.received_at,
                     .date = instant_in(row[date_column]),
                     .age_s = row[age_column] - 1,
                     .mark = lane.mark,
                     .provider = lane.provider.detected});
  if (!lane.is_identity_noted) {
    lane.profiler.add(lane.provider.identity);
    lane.is_identity_noted = true;
  }
  if (lane.hides_servers && lane.node != 0) {
    lane.nodes_met.add(evidence.path.connection, lane.node);
  }
}

EdgeProfile Notebook::profile_of(evidence::EdgeId edge) const { return lanes_.at(edge.index()).profiler.profile(); }

std::size_t Notebook::nodes_seen(evidence::EdgeId edge) const { return lanes_.at(edge.index()).profiler.nodes_seen(); }

const NodesMet& Notebook::nodes_met(evidence::EdgeId edge) const { return lanes_.at(edge.index()).nodes_met; }

const NodesBefore& Notebook::nodes_before(evidence::EdgeId edge) const { return lanes_.at(edge.index()).nodes_before; }

std::string_view Notebook::node_of(const Sighting& sighting) const {
  return sighting.node == 0 ? std::string_view{} : nodes_.at(sighting.node - 1);
}

// Where bodies are not waited for, none says nothing.
bool Notebook::is_seen_empty(const evidence::Response& response) const {
  return reads_bodies_ && response.body.wire_bytes == 0;
}

std::uint32_t Notebook::form_of_answer(const evidence::Response& response, const HeadReader& head) {
  const int flags = (response.body.decode_error.empty() ? 0 : flag_broken) |  //
                    (is_seen_empty(response) ? flag_empty : 0);
  const Sighting none;
  start_form(response.status, none.cause, none.stage, flags);
  pack_text(std::nullopt, key_);
  for (const std::size_t name : {cache_control, vary, content_encoding, location}) {
    pack_text(head.value(name), key_);
  }
  for (const std::size_t name : further_) {
    pack_text(head.value(name), key_);
  }
  return intern_form(static_cast<std::int16_t>(response.status) != 0);
}

std::uint32_t Notebook::form_of_failure(const base::Failure& failure) {
  start_form(0, failure.cause, failure.stage, flag_failure);
  pack_text(failure.detail, key_);
  return intern_form(false);
}

void Notebook::start_form(int status, base::FailureCause cause, base::Stage stage, int flags) {
  key_.clear();
  pack_number(static_cast<std::uint16_t>(status), key_);
  key_ += static_cast<char>(cause);
  key_ += static_cast<char>(stage);
  key_ += static_cast<char>(flags);
}

std::uint32_t Notebook::intern_form(bool is_answer) {
  const std::uint32_t form = forms_.intern(key_);
  if (form == is_answer_.size()) {
    is_answer_.push_back(is_answer);
  }
  return form + 1;
}

std::uint32_t Notebook::version_of(const evidence::Response& response, const HeadReader& head, std::uint32_t likely) {
  key_.clear();
  if (response.body.sha256 && response.body.decode_error.empty()) {
    const auto& bytes = response.body.sha256->bytes;
    pack_text(std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()), key_);
  } else {
    pack_text(std::nullopt, key_);
  }
  pack_text(head.value(etag), key_);
  pack_text(head.value(last_modified), key_);
  return likely != 0 && versions_.at(likely - 1) == key_ ? likely : versions_.intern(key_) + 1;
}

std::uint32_t Notebook::url_pattern_of(const evidence::Evidence& evidence, std::uint32_t likely) {
  const UrlNames names = names_of(roster_, evidence.cell);
  const std::uint32_t newest = static_cast<std::uint32_t>(urls_.size());
  for (const std::uint32_t number : {likely, newest}) {
    if (number != 0 && is_url_of(urls_.at(number - 1), names, evidence.url)) {
      return number;
    }
  }
  return urls_.intern(make_url_pattern(evidence.url, names)) + 1;
}

std::size_t Notebook::memory_bytes() const {
  std::size_t bytes = is_answer_.capacity() / 8 + lanes_.capacity() * sizeof(Lane);
  for (const base::StringTable* table : {&forms_, &versions_, &words_, &traces_, &urls_, &nodes_}) {
    bytes += table->memory_bytes();
  }
  for (const Lane& lane : lanes_) {
    bytes += lane.nodes_met.memory_bytes();
  }
  for (const Ledger& rows : rows_) {
    bytes += rows.memory_bytes();
  }
  return bytes;
}

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

std::string Notebook::url_of(const Sighting& sighting) const {
  return fill_url_pattern(urls_.at(sighting.url - 1), names_of(roster_, sighting.cell));
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

}  // namespace cachewitness::verdict
