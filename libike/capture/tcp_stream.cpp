#include "libike/capture/tcp_stream.hpp"

#include "libike/capture/recognise.hpp"

namespace ike {
namespace {

constexpr std::array<std::uint8_t, 6> prefix{'I', 'K', 'E', 'T', 'C', 'P'};
constexpr std::size_t half_of_flows = 2048;
constexpr std::size_t half_of_beginnings = 4096;
constexpr std::size_t most_early = 64;                // segments behind a gap
constexpr std::size_t most_early_octets = 2 * 65536;  // and what they hold together
constexpr std::size_t length_size = 2;
constexpr std::size_t marker_size = 4;
constexpr std::uint16_t port_encapsulation = 4500;

bool starts_with_prefix(ByteView data) {
    return data.size() >= prefix.size() && equal(data.first(prefix.size()), prefix);
}
/// The prefix itself may come in pieces.
bool may_become_prefix(ByteView data) {
    return data.size() < prefix.size() && equal(data, ByteView{prefix}.first(data.size()));
}
std::size_t length_of(ByteView data) { return std::size_t{data[0]} << 8 | data[1]; }

/// RFC 9329 section 3: a length that counts itself, the non-ESP marker, an IKE header that fits.
bool starts_with_ike(ByteView data) {
    if (data.size() < length_size + marker_size + ike_header_size) return false;
    const auto size = length_of(data);
    if (data.size() < size || size < length_size + marker_size + ike_header_size) return false;
    const auto inside = data.subspan(length_size, size - length_size);
    const bool marker = std::ranges::all_of(inside.first(marker_size), [](auto octet) { return octet == 0; });
    return marker && looks_like_ike(inside.subspan(marker_size));
}
/// Whole messages of sensible length from the first octet to the last: on port 4500 that is enough.
bool is_framed(ByteView data) {
    if (data.size() < length_size) return false;
    while (data.size() >= length_size) {
        const auto size = length_of(data);
        if (size <= length_size || size > data.size()) return false;
        data = data.subspan(size);
    }
    return data.empty();
}
bool starts_message(ByteView data, const Endpoint& source, const Endpoint& destination) {
    const bool port = source.port == port_encapsulation || destination.port == port_encapsulation;
    return starts_with_ike(data) || (port && is_framed(data));
}

}  // namespace

TcpStreams::TcpStreams() : flows_{half_of_flows}, beginnings_{half_of_beginnings} {}

bool TcpStreams::add(const Packet& packet) {
    // What was given out of the stream before is not needed any more.
    if (current_ != nullptr && given_ > 0)
        current_->held.erase(current_->held.begin(),
                             current_->held.begin() + static_cast<std::ptrdiff_t>(given_));
    current_ = nullptr;
    given_ = 0;
    const auto& segment = packet.tcp;
    const Key key{packet.source, packet.destination, packet.file};
    if ((segment.flags & (TcpSegment::syn | TcpSegment::rst)) != 0) {
        // A new connection between the same ports, or its end.
        flows_.erase(key);
        beginnings_.erase(key);
        if ((segment.flags & TcpSegment::syn) != 0) beginnings_[key] = segment.sequence + 1;
        return false;
    }
    if (segment.data.empty()) return false;
    auto* flow = flows_.find(key);
    if (flow == nullptr) flow = begin(key, segment);
    if (flow == nullptr) return false;
    insert(*flow, segment.sequence, segment.data);
    if (flow->early.size() > most_early || flow->early_octets > most_early_octets) give_up_gap(*flow);
    if (!decide(*flow)) {
        flows_.erase(key);
        return false;
    }
    if (flow->is_ike) current_ = flow;
    return flow->is_ike;
}

TcpStreams::Flow* TcpStreams::begin(const Key& key, const TcpSegment& segment) {
    if (const auto* first = beginnings_.find(key)) {
        auto& flow = flows_[key];
        flow.expected = *first;
        beginnings_.erase(key);
        return &flow;
    }
    const bool sure =
        starts_with_prefix(segment.data) || starts_message(segment.data, key.source, key.destination);
    if (!sure && !may_become_prefix(segment.data)) return nullptr;
    auto& flow = flows_[key];
    flow.expected = segment.sequence;
    flow.is_ike = sure;
    return &flow;
}

bool TcpStreams::decide(Flow& flow) {
    const ByteView held{flow.held};
    if (flow.is_ike || held.empty() || may_become_prefix(held)) return true;
    flow.is_ike = starts_with_prefix(held) || starts_with_ike(held);
    if (flow.is_ike) return true;
    // The responder sends no prefix: the beginning of a message of IKE, whose rest is yet to come.
    const auto size = held.size() < length_size ? std::size_t{} : length_of(held);
    const auto rest = held.subspan(std::min(held.size(), length_size));
    const auto marker = rest.first(std::min(rest.size(), marker_size));
    const bool zeros = std::ranges::all_of(marker, [](auto octet) { return octet == 0; });
    return zeros && held.size() < std::max(size, length_size);
}

void TcpStreams::insert(Flow& flow, std::uint32_t sequence, ByteView data) {
    if (data.empty()) return;
    const auto ahead = static_cast<std::int32_t>(sequence - flow.expected);
    if (ahead > 0) {
        flow.early.push_back({sequence, to_bytes(data)});
        flow.early_octets += data.size();
        return;
    }
    const auto known = static_cast<std::size_t>(-static_cast<std::int64_t>(ahead));
    if (known >= data.size()) return;  // sent again
    append(flow.held, data.subspan(known));
    flow.expected += static_cast<std::uint32_t>(data.size() - known);
    join_early(flow);
}

/// What waited behind the gap that was just filled.
void TcpStreams::join_early(Flow& flow) {
    for (std::size_t i = 0; i < flow.early.size();) {
        const auto ahead = static_cast<std::int32_t>(flow.early[i].sequence - flow.expected);
        if (ahead > 0) {
            ++i;
            continue;
        }
        const auto early = std::move(flow.early[i]);
        flow.early.erase(flow.early.begin() + static_cast<std::ptrdiff_t>(i));
        flow.early_octets -= early.data.size();
        const auto known = static_cast<std::size_t>(-static_cast<std::int64_t>(ahead));
        if (known < early.data.size()) {
            append(flow.held, ByteView{early.data}.subspan(known));
            flow.expected += static_cast<std::uint32_t>(early.data.size() - known);
        }
        i = 0;
    }
}

/// The capture lacks a segment: go on with the first one behind the gap that begins with a message.
void TcpStreams::give_up_gap(Flow& flow) {
    flow.held.clear();
    auto early = std::exchange(flow.early, {});
    flow.early_octets = 0;
    std::ranges::sort(early, {}, [&](const Early& each) { return each.sequence - flow.expected; });
    bool going = false;
    for (const auto& each : early) {
        going = going || starts_with_ike(each.data) || is_framed(each.data);
        if (!going) continue;
        if (flow.held.empty()) flow.expected = each.sequence;
        flow.is_ike = true;
        insert(flow, each.sequence, each.data);
    }
    if (!going && !early.empty()) {
        flow.expected = early.back().sequence + static_cast<std::uint32_t>(early.back().data.size());
    }
}

std::optional<TcpStreams::Unit> TcpStreams::next() {
    if (current_ == nullptr) return std::nullopt;
    auto held = ByteView{current_->held}.subspan(given_);
    if (starts_with_prefix(held)) {
        given_ += prefix.size();
        held = held.subspan(prefix.size());
    }
    if (held.size() < length_size) return std::nullopt;
    const auto size = length_of(held);
    if (size <= length_size) {
        // No message has this length: the place in the stream was wrong.
        given_ = current_->held.size();
        return std::nullopt;
    }
    if (held.size() < size) return std::nullopt;
    given_ += size;
    return Unit{held.subspan(length_size, size - length_size)};
}

}  // namespace ike
