#include "libike/inner/echo.hpp"

#include <algorithm>
#include <expected>

#include "libike/base/checksum.hpp"
#include "libike/base/in_place.hpp"
#include "libike/base/ip_protocols.hpp"

namespace ike::inner {

namespace {

constexpr std::uint8_t hop_limit = 64;
constexpr std::size_t v4_header = 20;
constexpr std::size_t v6_header = 40;
constexpr std::size_t echo_header = 8;  // type, code, checksum, identifier, sequence
constexpr std::size_t probe_data = 16;  // number and time

std::uint16_t get16(ByteView octets, std::size_t at) {
    return static_cast<std::uint16_t>(octets[at] << 8 | octets[at + 1]);
}
std::uint64_t get64(ByteView octets, std::size_t at) {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < 8; ++i) value = value << 8 | octets[at + i];
    return value;
}
void put64(MutableBytes octets, std::size_t at, std::uint64_t value) {
    for (std::size_t i = 0; i < 8; ++i) octets[at + i] = static_cast<std::uint8_t>(value >> (56 - 8 * i));
}

/// Where things are in an unfragmented ICMP packet.
struct Layout {
    Address::Family family{};
    std::size_t icmp = 0;  ///< where the ICMP message begins
    std::size_t end = 0;   ///< octets of the IP packet
    bool is_v4() const { return family == Address::Family::v4; }
    std::size_t address_size() const { return is_v4() ? 4 : 16; }
    std::size_t source() const { return is_v4() ? 12 : 8; }
    std::size_t destination() const { return source() + address_size(); }
    std::uint8_t request_type() const { return is_v4() ? 8 : 128; }
    std::uint8_t reply_type() const { return is_v4() ? 0 : 129; }
};
using Verdict = EchoResponder::Verdict;

std::expected<Layout, Verdict> layout_v4(ByteView packet) {
    if (packet.size() < v4_header) return std::unexpected{Verdict::malformed};
    Layout at{Address::Family::v4, (packet[0] & 0x0fu) * 4, get16(packet, 2)};
    if (at.icmp < v4_header || at.end < at.icmp || at.end > packet.size()) {
        return std::unexpected{Verdict::malformed};
    }
    if (checksum_finish(checksum_add(0, packet.first(at.icmp))) != 0) {
        return std::unexpected{Verdict::bad_checksum};
    }
    const bool fragment = (get16(packet, 6) & 0x3fff) != 0;  // more fragments, or an offset
    if (packet[9] != protocol_icmp || fragment) return std::unexpected{Verdict::not_echo};
    return at;
}

std::expected<Layout, Verdict> layout_v6(ByteView packet) {
    if (packet.size() < v6_header) return std::unexpected{Verdict::malformed};
    const Layout at{Address::Family::v6, v6_header, v6_header + get16(packet, 4)};
    if (at.end > packet.size()) return std::unexpected{Verdict::malformed};
    if (packet[6] != protocol_icmp6) return std::unexpected{Verdict::not_echo};
    return at;
}

/// The ICMP checksum as it should be when its field is as it stands: 0 over a right one.
std::uint16_t icmp_checksum(ByteView packet, const Layout& at) {
    const auto message = packet.subspan(at.icmp, at.end - at.icmp);
    std::uint64_t sum = 0;
    if (!at.is_v4()) {
        // RFC 8200 section 8.1: a pseudo-header of addresses, length and next header.
        sum = checksum_add(sum, packet.subspan(at.source(), 2 * at.address_size()));
        sum += message.size() + protocol_icmp6;
    }
    return checksum_finish(checksum_add(sum, message));
}

std::expected<Layout, Verdict> echo_layout(ByteView packet) {
    if (packet.empty()) return std::unexpected{Verdict::malformed};
    const auto version = packet[0] >> 4;
    if (version != 4 && version != 6) return std::unexpected{Verdict::malformed};
    auto at = version == 4 ? layout_v4(packet) : layout_v6(packet);
    if (!at) return at;
    if (at->end - at->icmp < echo_header) return std::unexpected{Verdict::malformed};
    return at;
}

Address address_at(ByteView packet, const Layout& at, std::size_t offset) {
    return Address::from_octets(packet.subspan(offset, at.address_size())).value_or(Address{});
}

bool is_multicast(const Address& address) {
    return address.is_v4() ? address.octets()[0] >= 224 : address.octets()[0] == 0xff;
}

void finish_checksums(MutableBytes packet, const Layout& at) {
    if (at.is_v4()) {
        put16(packet, 10, 0);
        put16(packet, 10, checksum_finish(checksum_add(0, packet.first(at.icmp))));
    }
    put16(packet, at.icmp + 2, 0);
    put16(packet, at.icmp + 2, icmp_checksum(packet, at));
}

}  // namespace

// ---- EchoResponder
// ------------------------------------------------------------------------------------------

Verdict EchoResponder::judge(MutableBytes packet) const {
    const auto at = echo_layout(packet);
    if (!at) return at.error();
    // RFC 1122 section 3.2.2.6 lets a host discard echo requests to groups; we do.
    const auto destination = address_at(packet, *at, at->destination());
    if (is_multicast(destination)) return Verdict::not_ours;
    if (!addresses_.empty() && std::ranges::find(addresses_, destination) == addresses_.end()) {
        return Verdict::not_ours;
    }
    if (packet[at->icmp] != at->request_type() || packet[at->icmp + 1] != 0) return Verdict::not_echo;
    if (icmp_checksum(packet, *at) != 0) return Verdict::bad_checksum;

    const auto size = static_cast<std::ptrdiff_t>(at->address_size());
    const auto source = packet.begin() + static_cast<std::ptrdiff_t>(at->source());
    std::swap_ranges(source, source + size, source + size);
    packet[at->is_v4() ? 8 : 7] = hop_limit;
    packet[at->icmp] = at->reply_type();
    finish_checksums(packet, *at);
    return Verdict::answered;
}

Verdict EchoResponder::answer(MutableBytes packet) {
    const auto verdict = judge(packet);
    ++(verdict == Verdict::answered ? answered_ : ignored_);
    return verdict;
}

std::string_view to_string(Verdict verdict) {
    switch (verdict) {
        case Verdict::answered:
            return "answered";
        case Verdict::not_ours:
            return "not to an address of ours";
        case Verdict::not_echo:
            return "not an echo request";
        case Verdict::bad_checksum:
            return "wrong checksum";
        case Verdict::malformed:
            return "no complete IP packet";
    }
    return "unknown";
}

// ---- Probe
// --------------------------------------------------------------------------------------------------

std::size_t smallest_probe(Address::Family family) {
    return (family == Address::Family::v4 ? v4_header : v6_header) + echo_header + probe_data;
}

std::size_t write_request(const Probe& probe, MutableBytes out) {
    const auto family = probe.source.family();
    const bool v4 = family == Address::Family::v4;
    const auto size = std::max(probe.size, smallest_probe(family));
    if (probe.destination.family() != family || size > out.size() || size > 65535) return 0;
    const auto packet = out.first(size);
    const Layout at{family, v4 ? v4_header : v6_header, size};
    std::ranges::fill(packet.first(at.icmp), std::uint8_t{0});
    packet[0] = v4 ? 0x45 : 0x60;
    if (v4) {
        put16(packet, 2, static_cast<std::uint16_t>(size));
        put16(packet, 4, static_cast<std::uint16_t>(probe.number));
        put16(packet, 6, 0x4000);  // do not fragment
        packet[8] = hop_limit;
        packet[9] = protocol_icmp;
    } else {
        put16(packet, 4, static_cast<std::uint16_t>(size - v6_header));
        packet[6] = protocol_icmp6;
        packet[7] = hop_limit;
    }
    std::ranges::copy(probe.source.octets(), packet.subspan(at.source()).begin());
    std::ranges::copy(probe.destination.octets(), packet.subspan(at.destination()).begin());
    packet[at.icmp] = at.request_type();
    packet[at.icmp + 1] = 0;
    put16(packet, at.icmp + 4, probe.identifier);
    put16(packet, at.icmp + 6, static_cast<std::uint16_t>(probe.number));
    put64(packet, at.icmp + echo_header, probe.number);
    put64(packet, at.icmp + echo_header + 8,
          static_cast<std::uint64_t>(probe.sent.time_since_epoch().count()));
    for (auto i = at.icmp + echo_header + probe_data; i < size; ++i) packet[i] = static_cast<std::uint8_t>(i);
    finish_checksums(packet, at);
    return size;
}

Bytes request(const Probe& probe) {
    Bytes packet(std::max(probe.size, smallest_probe(probe.source.family())));
    packet.resize(write_request(probe, packet));
    return packet;
}

std::optional<Probe> read_reply(ByteView packet) {
    const auto at = echo_layout(packet);
    if (!at || at->end < at->icmp + echo_header + probe_data) return std::nullopt;
    if (packet[at->icmp] != at->reply_type() || packet[at->icmp + 1] != 0) return std::nullopt;
    if (icmp_checksum(packet, *at) != 0) return std::nullopt;
    Probe probe;
    probe.source = address_at(packet, *at, at->source());
    probe.destination = address_at(packet, *at, at->destination());
    probe.identifier = get16(packet, at->icmp + 4);
    probe.number = get64(packet, at->icmp + echo_header);
    if (static_cast<std::uint16_t>(probe.number) != get16(packet, at->icmp + 6)) return std::nullopt;
    probe.sent = Instant{Duration{static_cast<std::int64_t>(get64(packet, at->icmp + echo_header + 8))}};
    probe.size = at->end;
    return probe;
}

// ---- Prober
// -------------------------------------------------------------------------------------------------

std::size_t Prober::write_if_due(Instant now, MutableBytes out) {
    if (now < due_) return 0;
    Probe probe{settings_.source, settings_.destination, settings_.identifier, account_.sent, now,
                settings_.size};
    due_ += settings_.interval;
    ++account_.sent;
    answers_.push_back(0);
    return write_request(probe, out);
}

bool Prober::take(Instant now, ByteView packet) {
    const auto reply = read_reply(packet);
    if (!reply || reply->identifier != settings_.identifier || reply->source != settings_.destination ||
        reply->destination != settings_.source || reply->number >= answers_.size()) {
        return false;
    }
    auto& answers = answers_[reply->number];
    if (answers < 255) ++answers;
    if (answers > 1) {
        ++account_.duplicates;
        return true;
    }
    const auto round_trip = now - reply->sent;
    if (round_trip > settings_.late) ++account_.late;
    account_.shortest = account_.answered == 0 ? round_trip : std::min(account_.shortest, round_trip);
    account_.longest = std::max(account_.longest, round_trip);
    account_.sum += round_trip;
    ++account_.answered;
    if (highest_ && reply->number < *highest_) ++account_.reordered;
    highest_ = std::max(highest_.value_or(0), reply->number);
    if (account_.last_answer) {
        account_.longest_gap = std::max(account_.longest_gap, now - *account_.last_answer);
    }
    account_.last_answer = now;
    return true;
}

std::vector<std::uint64_t> Prober::unanswered(std::uint64_t from, std::uint64_t to) const {
    std::vector<std::uint64_t> numbers;
    for (auto number = from; number < std::min<std::uint64_t>(to, answers_.size()); ++number) {
        if (answers_[number] == 0) numbers.push_back(number);
    }
    return numbers;
}

Instant Prober::due_at(std::uint64_t number) const {
    const auto back = static_cast<std::int64_t>(account_.sent) - static_cast<std::int64_t>(number);
    return due_ - settings_.interval * back;
}

}  // namespace ike::inner
