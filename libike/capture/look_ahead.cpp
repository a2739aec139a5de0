// Frames taken in before they are looked at, so that what takes long is done for several in a row, or on
// another core.
#include "libike/capture/tracker.hpp"

namespace ike {
namespace {

/// Frames that go through one step before the next step: then its code and tables are in the first cache.
constexpr std::size_t in_a_row = 32;

}  // namespace

void Tracker::look_ahead(Cores cores) {
    queue_.resize(in_a_row);
    if (cores == Cores::two) esp_opener_.expect_many();
}

void Tracker::drop_prepared() {
    ahead_.reset();
    queue_.clear();
    prepared_ = observed_ = opened_ = 0;
    full_ = false;
}

bool Tracker::waits(std::uint32_t file, std::uint64_t before) const {
    for (auto number = observed_; number < prepared_; ++number) {
        const auto& slot = queue_[number % queue_.size()];
        // The oldest of a file comes first in it, too.
        if (slot.packet.file == file) return slot.position < before;
    }
    return false;
}

void Tracker::Prepared::keep(const Frame& frame) {
    const std::array views{&packet.octets, &packet.ip, &packet.tcp.data};
    for (std::size_t i = 0; i < views.size(); ++i) {
        auto& view = *views[i];
        const auto* begin = frame.octets.data();
        const std::less<> before;
        const bool of_frame = !before(view.data(), begin) && before(view.data(), begin + frame.octets.size());
        if (view.empty() || of_frame) continue;
        own[i] = to_bytes(view);
        view = own[i];
    }
}

void Tracker::prepare(const Frame& frame) {
    if (esp_opener_.has_many() && !ahead_ && prepared() == 0) {
        queue_.resize(EspAhead::size);
        ahead_ = std::make_unique<EspAhead>();
    }
    auto& slot = queue_[prepared_ % queue_.size()];
    reader_.read(frame, slot.packet);
    if (slot.packet.reassembled) slot.keep(frame);
    slot.what = recogniser_.look(slot.packet);
    slot.position = frame.position;
    if (ahead_) {
        if (slot.what.kind == Kind::esp) {
            esp_opener_.prepare(prepared_, slot.what.octets, *ahead_);
        } else {
            ahead_->put(prepared_, {}, nullptr, 0);
        }
    }
    slot.ike.step = IkeOpener::Ahead::Step::none;
    if (slot.what.kind == Kind::ike) expect_ike(slot);
    ++prepared_;
    full_ = prepared() == queue_.size();
}

/// Brings near what will be looked at.
void Tracker::expect_ike(Prepared& slot) {
    auto& header = slot.ike.header;
    if (!read_header(slot.what.octets, header) || header.major() != 2) return;
    if (header.exchange == ExchangeType::ike_sa_init) return inits_.expect(header.initiator_spi);
    sas_.expect({header.initiator_spi, header.responder_spi});
    ike_opener_.expect(slot.what.octets, slot.ike);
}

void Tracker::open_ike_ahead() {
    std::array<IkeOpener::Ahead*, in_a_row> several;
    std::size_t count = 0;
    for (const auto end = std::min(prepared_, opened_ + in_a_row); opened_ < end; ++opened_) {
        auto& ike = queue_[opened_ % queue_.size()].ike;
        if (ike.step == IkeOpener::Ahead::Step::expected) several[count++] = &ike;
    }
    ike_opener_.open_ahead(std::span{several}.first(count));
}

const Observation& Tracker::observe_next() {
    if (observed_ == opened_) open_ike_ahead();
    const auto number = observed_++;
    if (queue_.size() - prepared() >= in_a_row) full_ = false;
    auto& slot = queue_[number % queue_.size()];
    esp_ahead_ = ahead_ ? ahead_->collect(number) : nullptr;
    seen_.packet = slot.packet;
    in_stream_ = seen_.packet.transport == Transport::tcp && streams_.add(seen_.packet);
    if (in_stream_ && take_from_stream()) return seen_;
    seen_.what = slot.what;
    ike_ahead_ = &slot.ike;
    look_into();
    ike_ahead_ = nullptr;
    return seen_;
}

}  // namespace ike
