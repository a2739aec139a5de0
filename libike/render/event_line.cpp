// Events as lines for people.
#include "libike/eap/packet.hpp"
#include "libike/render/describe.hpp"
#include "libike/render/event.hpp"
#include "libike/render/line.hpp"
#include "libike/sa/traffic_selectors.hpp"

namespace ike {
namespace {

/// Text from outside, safe on a terminal.
std::string printable(std::string_view text) {
    TextBuffer safe;
    put_printable(safe, text);
    return {safe.data(), safe.size()};
}
std::string printable(const Identity& identity) { return printable(to_string(identity)); }

std::string nat_text(bool local, bool remote) {
    if (local && remote) return "NAT before both ends";
    if (local) return "NAT before us";
    return remote ? "NAT before the peer" : "no NAT";
}
std::string milliseconds(Duration time) {
    return fmt::format("{:.1f} ms", std::chrono::duration<double, std::milli>{time}.count());
}
unsigned number(IkeSaId id) { return static_cast<unsigned>(id); }
unsigned number(ChildSaId id) { return static_cast<unsigned>(id); }

std::string addresses_text(std::span<const Address> addresses) {
    std::string text;
    for (const auto& address : addresses) text += (text.empty() ? "" : ", ") + to_string(address);
    return text.empty() ? "none" : text;
}
/// "IKE SA 1", or nothing where there is none.
std::string ike_text(IkeSaId id) {
    return id == IkeSaId::none ? "IKE" : fmt::format("IKE SA {}", number(id));
}
std::string child_text(ChildSaId id) {
    return id == ChildSaId::none ? "Child SA" : fmt::format("Child SA {}", number(id));
}
/// What is out of the ordinary.
std::string terms_text(const ChildTerms& terms) {
    return fmt::format("{}{}", terms.mode == EspMode::transport ? ", transport mode" : "",
                       terms.ipcomp ? ", IPComp" : "");
}
std::string notify_text(std::optional<NotifyType> type) {
    return type ? fmt::format(" ({})", to_string(*type)) : std::string{};
}
std::string detail_text(std::string_view detail) {
    return detail.empty() ? std::string{} : ": " + printable(detail);
}

std::string eap_text(const std::optional<EapUse>& eap) {
    if (!eap) return {};
    return fmt::format(", {} user {}", eap::method_name(eap->method), printable(eap->identity));
}

struct Line {
    std::string operator()(const IkeStateChanged& e) const {
        return fmt::format("{} {}{}", ike_text(e.ike_sa), to_string(e.state), detail_text(e.detail));
    }
    std::string operator()(const IkeEstablished& e) const {
        return fmt::format("{} established with {} ({}), {}, we are {}; {}{}{}{}; SPIs {}:{}",
                           ike_text(e.ike_sa), printable(e.remote_id), to_string(e.path), to_string(e.suite),
                           printable(e.local_id), nat_text(e.nat_local, e.nat_remote),
                           e.mobike ? ", MOBIKE" : ", no MOBIKE", e.auth.empty() ? "" : ", ",
                           printable(e.auth) + eap_text(e.eap), spi_text(e.spi_i), spi_text(e.spi_r));
    }
    std::string operator()(const IkeRekeyed& e) const {
        return fmt::format("{} rekeyed by {}: SPIs {}:{}", ike_text(e.ike_sa), e.by_us ? "us" : "the peer",
                           spi_text(e.spi_i), spi_text(e.spi_r));
    }
    std::string operator()(const ChildEstablished& e) const {
        return fmt::format("{}{} {} {} === {}, {}{}, SPIs {:08x} in, {:08x} out", child_text(e.child),
                           e.terms.name.empty() ? "" : fmt::format(" \"{}\"", printable(e.terms.name)),
                           e.rekeyed ? (e.by_us ? "rekeyed by us" : "rekeyed by the peer") : "established",
                           to_string(std::span{e.ts_local}), to_string(std::span{e.ts_remote}),
                           to_string(e.suite), terms_text(e.terms), e.spi_in, e.spi_out);
    }
    std::string operator()(const ChildDeleted& e) const {
        return fmt::format("{} {} SPIs {:08x} in, {:08x} out", child_text(e.child),
                           e.replaced ? "old half deleted:" : "deleted:", e.spi_in, e.spi_out);
    }
    std::string operator()(const ExchangeDone& e) const {
        std::string notifies;
        for (const auto type : e.notifies) notifies += " N(" + std::string{to_string(type)} + ")";
        return fmt::format("{} {} {} answered after {}{}{}", ike_text(e.ike_sa), to_string(e.exchange),
                           e.message_id, milliseconds(e.round_trip),
                           e.attempts > 1 ? fmt::format(", {} sendings", e.attempts) : "", notifies);
    }
    std::string operator()(const Retransmitted& e) const {
        return fmt::format("{} {} {} sent again ({}) on {}", ike_text(e.ike_sa), to_string(e.exchange),
                           e.message_id, e.attempt, to_string(e.path));
    }
    std::string operator()(const Moved& e) const {
        std::string cost;
        if (e.by_us) cost = fmt::format(", update answered after {}", milliseconds(e.round_trip));
        if (e.returned) cost += *e.returned ? ", COOKIE2 returned" : ", COOKIE2 not returned";
        return fmt::format("{} moved by {}: {} (was {}), ESP {}, {}{}", ike_text(e.ike_sa),
                           e.by_us ? "us" : "the peer", to_string(e.to), to_string(e.from),
                           e.udp_encapsulation ? "in UDP" : "native", nat_text(e.nat_local, e.nat_remote),
                           cost);
    }
    std::string operator()(const MoveFailed& e) const {
        return fmt::format("{} did not move to {}: {}{}", ike_text(e.ike_sa), to_string(e.wanted),
                           to_string(e.failure), detail_text(e.detail));
    }
    std::string operator()(const NatChanged& e) const {
        return fmt::format("{} {}", ike_text(e.ike_sa), nat_text(e.nat_local, e.nat_remote));
    }
    std::string operator()(const PeerAddresses& e) const {
        return fmt::format("{} the peer's other addresses: {}", ike_text(e.ike_sa),
                           addresses_text(e.additional));
    }
    std::string operator()(const Redirected& e) const {
        return fmt::format("{} redirected by {} to {}{}", ike_text(e.ike_sa), to_string(e.from),
                           printable(to_string(e.to)), e.followed ? "" : ", not followed");
    }
    std::string operator()(const IkeFailed& e) const {
        // Nothing failed: an ordinary Delete.
        if (e.failure == Failure::peer_deleted && !e.notify)
            return fmt::format("{} closed by the peer{}", ike_text(e.ike_sa), detail_text(e.detail));
        return fmt::format("{} failed: {}{}{}", ike_text(e.ike_sa), to_string(e.failure),
                           notify_text(e.notify), detail_text(e.detail));
    }
    std::string operator()(const ChildFailed& e) const {
        return fmt::format("{} failed: {}{}{}", child_text(e.child), to_string(e.failure),
                           notify_text(e.notify), detail_text(e.detail));
    }
    std::string operator()(const Dropped& e) const {
        return fmt::format("{} dropped: {}", to_string(e.path), printable(e.reason));
    }
    std::string operator()(const MessageTrace& e) const {
        return fmt::format("{} {} {}{}", e.sent ? "->" : "<-", to_string(e.path.remote), summary(e.message),
                           e.retransmission ? ", again" : "");
    }
    std::string operator()(const KeysDerived& e) const {
        return std::visit(Overloaded{[](const IkeKeyRecord& keys) {
                                         return fmt::format("keys derived for IKE SPIs {}:{}",
                                                            spi_text(keys.spi_i), spi_text(keys.spi_r));
                                     },
                                     [](const EspKeyRecord& keys) {
                                         return fmt::format("keys derived for ESP SPI {:08x}", keys.spi);
                                     }},
                          e.record);
    }
};

}  // namespace

std::string event_line(const Event& event) { return std::visit(Line{}, event); }

}  // namespace ike
