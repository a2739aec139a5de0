#include "libike/diagnose/facts.hpp"

#include <fmt/format.h>

namespace ike::diagnose {

std::string end_text(const Endpoint& end) { return end.port == 0 ? to_string(end.address) : to_string(end); }
std::string to_string(const Way& way) {
    return fmt::format("{} > {}", end_text(way.source), end_text(way.destination));
}

bool is_fresh_ttl(std::uint8_t ttl) { return ttl == 64 || ttl == 128 || ttl == 255; }

bool MessageFacts::complete() const {
    if (fragments == 0) return true;
    const auto all = fragments >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << fragments) - 1;
    return (have & all) == all;
}

void MessageFacts::note_copy() {
    ++copies;
    last.again = true;
    if (!sent.empty() && sent.back().frame == last.frame) sent.back().again = true;
}

void MessageFacts::drop_copies() {
    if (copies == 0 || sent.empty()) return;
    std::erase_if(sent, [](const Sighting& each) { return each.again; });
    count -= std::min(copies, count - 1);
    if (last.again && !sent.empty()) last = sent.back();
    copies = 0;
}

const Check* MessageFacts::check(std::string_view what) const {
    for (const auto& each : checks) {
        if (each.what == what && each.result != IcvState::unknown) return &each;
    }
    return nullptr;
}

const Notify* MessageFacts::notify(NotifyType type) const {
    for (const auto& each : payloads) {
        if (const auto* body = std::get_if<Notify>(&each.body); body && body->type == type) return body;
    }
    return nullptr;
}

const Notify* MessageFacts::error() const {
    for (const auto& each : payloads) {
        const auto* body = std::get_if<Notify>(&each.body);
        if (body != nullptr && static_cast<unsigned>(body->type) < 16384) return body;
    }
    return nullptr;
}

std::optional<std::chrono::nanoseconds> Exchange::round_trip() const {
    if (!request.seen() || !response.seen()) return std::nullopt;
    return between(request.first().time, response.first().time);
}

std::string Exchange::name() const { return fmt::format("{} request {}", to_string(type), message_id); }

std::string IkeSaFacts::name() const {
    return fmt::format("{}:{}", spi_text(spis.initiator), spi_text(spis.responder));
}

void Rate::add(EpochTime time) {
    if (packets.empty()) begin = time;
    const auto since = between(begin, time);
    if (since.count() < 0) return;
    auto slot = static_cast<std::uint64_t>(since / width);
    while (slot >= slices) {
        for (std::size_t i = 0; i < packets.size(); i += 2) {
            packets[i / 2] = packets[i] + (i + 1 < packets.size() ? packets[i + 1] : 0);
        }
        packets.resize((packets.size() + 1) / 2);
        if (width > std::chrono::hours{24 * 365}) return;  // times that no capture has
        width *= 2;
        slot = static_cast<std::uint64_t>(since / width);
    }
    if (packets.size() <= slot) packets.resize(slot + 1);
    ++packets[slot];
}

std::uint64_t Rate::after(EpochTime time) const {
    std::uint64_t count = 0;
    for (std::size_t i = 0; i < packets.size(); ++i) {
        if (between(time, begin + width * static_cast<std::int64_t>(i)).count() > 0) count += packets[i];
    }
    return count;
}

EpochTime Rate::next(EpochTime time) const {
    for (std::size_t i = 0; i < packets.size(); ++i) {
        const auto slice = begin + width * static_cast<std::int64_t>(i);
        if (packets[i] > 0 && slice > time) return slice;
    }
    return time;
}

const EspFlow* Facts::flow(std::uint32_t spi) const {
    const auto at = flow_index.find(spi);
    return at == flow_index.end() ? nullptr : &flows[at->second];
}

}  // namespace ike::diagnose
