#include "verdict/notebook.h"

#include <algorithm>
#include <utility>

#include "base/assert.h"
#include "base/text.h"
#include "http/age.h"
#include "http/http_date.h"
#include "http/vendor_status.h"
#include "verdict/notebook_layout.h"
#include "verdict/packed_text.h"
#include "verdict/url_pattern.h"

namespace cachewitness::verdict {

namespace {

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

// Of all providers, each once.
const std::vector<std::string_view>& targeted_names() {
  static const std::vector<std::string_view> names = [] {
    std::vector<std::string_view> all;
    for (const http::ProviderRow& row : http::provider_rows()) {
      all.insert(all.end(), row.targeted.begin(), row.targeted.end());
    }
    std::ranges::sort(all);
    const auto repeated = std::ranges::unique(all);
    all.erase(repeated.begin(), repeated.end());
    return all;
  }();
  return names;
}

FieldNames own_fields() {
  FieldNames fields;
  for (std::size_t i = 0; i < own_names.size(); ++i) {
    fields.add(own_names[i], own_uses[i]);
  }
  return fields;
}

}  // namespace

Notebook::Notebook(const manifest::Policy& policy, const evidence::Roster& roster)
    : roster_(roster),
      reads_bodies_(policy.body != manifest::BodyPolicy::head),
      fields_(own_fields()),
      providers_(fields_, provider_uses) {
  for (const std::string_view name : targeted_names()) {
    targeted_.push_back(fields_.add(name, use_form));
  }
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

AgeMode Notebook::age_mode_of(evidence::EdgeId edge) const { return lanes_.at(edge.index()).profiler.age_mode(); }

std::size_t Notebook::nodes_seen(evidence::EdgeId edge) const { return lanes_.at(edge.index()).profiler.nodes_seen(); }

const NodesMet& Notebook::nodes_met(evidence::EdgeId edge) const { return lanes_.at(edge.index()).nodes_met; }

const NodesBefore& Notebook::nodes_before(evidence::EdgeId edge) const { return lanes_.at(edge.index()).nodes_before; }

// Where bodies are not waited for, none says nothing.
bool Notebook::is_seen_empty(const evidence::Response& response) const {
  return reads_bodies_ && response.body.wire_bytes == 0;
}

std::optional<std::string> Notebook::targeted_lines(const HeadReader& head) const {
  std::optional<std::string> lines;
  for (std::size_t i = 0; i < targeted_.size(); ++i) {
    if (const auto value = head.value(targeted_[i])) {
      lines = lines.value_or("").append(targeted_names()[i]).append(": ").append(*value).append("\r\n");
    }
  }
  return lines;
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
  pack_text(targeted_lines(head), key_);
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

}  // namespace cachewitness::verdict
