#include "probe/body_witness.h"

#include <utility>

namespace cachewitness::probe {

namespace {

// Real text seldom compresses better than 1:20; a bomb does 1:1000. Small bodies may be anything.
constexpr std::uint64_t max_ratio = 100;
constexpr std::uint64_t ratio_counts_from = std::uint64_t{1} << 20;

}  // namespace

// One content coding on the way from the wire to the sum.
class BodyWitness::Layer : public DecodedSink {
 public:
  Layer(BodyWitness& witness, http::Coding coding)
      : witness_(witness), coding_(coding), decoder_(make_decoder(coding)) {}

  [[nodiscard]] http::Coding coding() const { return coding_; }
  [[nodiscard]] bool is_whole() const { return decoder_->is_whole(); }

  void start(Layer* inner) {
    inner_ = inner;
    decoded_bytes_ = 0;
    decoder_->start();
  }
  bool decode(std::string_view bytes) {
    const auto step = decoder_->decode(bytes, *this);
    if (step == ContentDecoder::Step::broken) {
      witness_.decode_error_.assign("broken ").append(name(coding_)).append(" content");
    }
    return step == ContentDecoder::Step::going_on;
  }
  bool take(std::string_view bytes) override {
    decoded_bytes_ += bytes.size();
    if (decoded_bytes_ > witness_.limits_.max_bytes) {
      witness_.exceeded_ = "decoded body is larger than max_body_bytes";
      return false;
    }
    return inner_ != nullptr ? inner_->decode(bytes) : witness_.take_decoded(bytes);
  }

 private:
  BodyWitness& witness_;
  http::Coding coding_;
  std::unique_ptr<ContentDecoder> decoder_;
  Layer* inner_ = nullptr;
  std::uint64_t decoded_bytes_ = 0;
};

BodyWitness::BodyWitness(const BodyLimits& limits) : limits_(limits) {
  if (limits_.rules != nullptr && !limits_.rules->marks.empty()) {
    scanner_ = std::make_unique<MarkScanner>(limits_.rules->marks);
  }
}
BodyWitness::~BodyWitness() = default;

void BodyWitness::read_codings(const http::ResponseHead& head) {
  active_ = 0;
  coding_error_.clear();
  head.join("content-encoding", joined_);
  if (!limits_.hash) {
    return;
  }
  const http::ContentEncoding encoding(joined_);
  for (const http::Coding coding : encoding.codings()) {
    add_layer(coding);
  }
  if (encoding.defect() == http::ContentEncoding::Defect::unknown_coding) {
    coding_error_.assign("unknown content coding ").append(encoding.unknown());
  } else if (encoding.defect() == http::ContentEncoding::Defect::too_many) {
    coding_error_ = "more content codings than anyone needs";
  }
}

void BodyWitness::start() {
  wire_bytes_ = 0;
  decoded_bytes_ = 0;
  masked_bytes_ = 0;
  masked_.clear();
  decode_error_ = coding_error_;
  exceeded_ = {};
  if (!limits_.hash) {
    return;
  }
  sum_.start();
  if (scanner_ != nullptr) {
    scanner_->start();
  }
  for (std::size_t i = 0; i < active_; ++i) {
    layers_[i]->start(i + 1 < active_ ? layers_[i + 1].get() : nullptr);
  }
}

void BodyWitness::add_layer(http::Coding coding) {
  if (active_ == layers_.size()) {
    layers_.push_back(std::make_unique<Layer>(*this, coding));
  } else if (layers_[active_]->coding() != coding) {
    layers_[active_] = std::make_unique<Layer>(*this, coding);
  }
  ++active_;
}

void BodyWitness::take(std::string_view content) {
  wire_bytes_ += content.size();
  if (!exceeded_.empty() || content.empty()) {
    return;
  }
  if (wire_bytes_ > limits_.max_bytes) {
    exceeded_ = "body is larger than max_body_bytes";
  } else if (limits_.hash && decode_error_.empty()) {
    static_cast<void>(active_ == 0 ? take_decoded(content) : layers_[0]->decode(content));
  }
}

bool BodyWitness::take_decoded(std::string_view bytes) {
  decoded_bytes_ += bytes.size();
  if (scanner_ != nullptr) {
    scanner_->take(bytes);
  }
  if (has_mask()) {
    masked_.append(bytes);
  } else {
    sum_.add(bytes);
  }
  return true;
}

void BodyWitness::end() {
  // A coding of nothing is nothing: 204, 304 and empty bodies carry Content-Encoding too.
  for (std::size_t i = 0; i < active_ && wire_bytes_ > 0 && decode_error_.empty(); ++i) {
    if (!layers_[i]->is_whole()) {
      decode_error_.assign("truncated ").append(name(layers_[i]->coding())).append(" content");
    }
  }
  if (exceeded_.empty() && decoded_bytes_ > ratio_counts_from && decoded_bytes_ > wire_bytes_ * max_ratio) {
    exceeded_ = "decoded body is more than 100 times its size on the wire";
  }
  if (scanner_ != nullptr && limits_.hash) {
    scanner_->end();
  }
  if (has_mask() && limits_.hash && exceeded_.empty()) {
    masked_bytes_ = limits_.rules->mask->apply(masked_);
    sum_.add(masked_);
  }
}

void BodyWitness::write(evidence::Body& out) {
  out.wire_bytes = wire_bytes_;
  out.decoded_bytes = decoded_bytes_;
  out.sha256.reset();
  out.masked_bytes = masked_bytes_;
  out.decode_error = decode_error_;
  out.marks.clear();
  if (scanner_ != nullptr && limits_.hash) {
    out.marks = scanner_->found();
  }
  if (limits_.hash && decode_error_.empty()) {
    out.sha256 = sum_.finish();
  } else if (!limits_.hash && joined_.empty()) {
    out.decoded_bytes = wire_bytes_;
  }
}

}  // namespace cachewitness::probe
