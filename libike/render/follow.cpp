#include "libike/render/follow.hpp"

#include <charconv>

namespace ike {
namespace {

constexpr std::size_t most = 100'000;

/// Calls `take` with each SPI of each proposal.
template <class Take>
void each_spi(std::span<const Payload> payloads, Take take) {
    for (const auto& payload : payloads) {
        const auto* sa = std::get_if<SaPayload>(&payload.body);
        if (sa == nullptr) continue;
        for (const auto& proposal : sa->proposals) take(ByteView{proposal.spi});
    }
}

}  // namespace

std::optional<Follow> Follow::parse(std::string_view spi) {
    if (spi.starts_with("0x")) spi.remove_prefix(2);
    std::uint64_t value = 0;
    const auto [end, failed] = std::from_chars(spi.data(), spi.data() + spi.size(), value, 16);
    const bool all = failed == std::errc{} && end == spi.data() + spi.size();
    if (!all || spi.empty() || spi.size() > 16 || value == 0) return std::nullopt;
    Follow follow;
    if (spi.size() <= 8) {
        follow.esp_.insert(static_cast<std::uint32_t>(value));
    } else {
        follow.ike_.insert(value);
    }
    return follow;
}

bool Follow::matches(const Observation& seen) {
    switch (seen.what.kind) {
        case Kind::ike:
            return !seen.ike.header_error && matches_ike(seen.ike);
        case Kind::esp:
        case Kind::ah:
            return seen.esp.readable && esp_.contains(seen.esp.spi);
        case Kind::icmp: {
            const auto& quoted = seen.icmp.quoted;
            if (!quoted) return false;
            return (quoted->spi && esp_.contains(*quoted->spi)) ||
                   (quoted->ike && ike_.contains(quoted->ike->initiator_spi));
        }
        default:
            return false;
    }
}

bool Follow::matches_ike(const IkeObservation& seen) {
    const auto& header = seen.header;
    bool wanted = ike_.contains(header.initiator_spi) ||
                  (header.responder_spi != 0 && ike_.contains(header.responder_spi));
    each_spi(seen.inner.payloads(), [&](ByteView spi) {
        const bool child = spi.size() == 4 && esp_.contains(Reader{spi}.number<std::uint32_t>("spi"));
        const bool successor = spi.size() == 8 && ike_.contains(Reader{spi}.number<std::uint64_t>("spi"));
        wanted = wanted || child || successor;
    });
    if (!wanted || ike_.size() + esp_.size() > most) return wanted;
    ike_.insert(header.initiator_spi);
    if (header.responder_spi != 0) ike_.insert(header.responder_spi);
    each_spi(seen.inner.payloads(), [&](ByteView spi) {
        if (spi.size() == 4) esp_.insert(Reader{spi}.number<std::uint32_t>("spi"));
        if (spi.size() == 8) ike_.insert(Reader{spi}.number<std::uint64_t>("spi"));
    });
    return true;
}

}  // namespace ike
