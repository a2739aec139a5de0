#include "libike/render/line.hpp"

#include "libike/registry/vendor_id.hpp"
#include "libike/render/version1.hpp"

namespace ike {
namespace {

constexpr std::string_view plain = "\x1b[0m";
constexpr std::string_view dim = "\x1b[2m";
constexpr std::string_view bold = "\x1b[1m";
constexpr std::string_view red = "\x1b[31m";
constexpr std::string_view green = "\x1b[32m";
constexpr std::string_view yellow = "\x1b[33m";
constexpr std::string_view cyan = "\x1b[36m";

void put_short_spi(TextBuffer& out, IkeSpi spi) {
    put_hex(out, spi >> 32, 8);
    put(out, "..");
}

void put_exchange(TextBuffer& out, const IkeObservation& seen) {
    const auto exchange = seen.read.message.header.exchange;
    if (seen.version1) return put(out, to_string(static_cast<ike1::ExchangeType>(exchange)));
    const auto known = name(exchange);
    put(out, known.empty() ? std::string_view{to_string(exchange)} : known);
}

void put_milliseconds(TextBuffer& out, std::chrono::nanoseconds time) {
    const auto count = time.count();
    if (count < 0) out.push_back('-');
    const auto tenths =
        (count < 0 ? 0 - static_cast<std::uint64_t>(count) : static_cast<std::uint64_t>(count)) / 100'000;
    put_number(out, tenths / 10);
    out.push_back('.');
    put_number(out, tenths % 10);
    put(out, " ms");
}

std::string_view icmp_word(const InnerPacket& inner) {
    const bool v6 = inner.protocol == 58;
    switch (inner.icmp_type) {
        case 8:
            return v6 ? "" : "echo request";
        case 0:
            return v6 ? "" : "echo reply";
        case 3:
            return v6 ? "time exceeded" : "unreachable";
        case 11:
            return v6 ? "" : "time exceeded";
        case 128:
            return v6 ? "echo request" : "";
        case 129:
            return v6 ? "echo reply" : "";
        case 1:
            return v6 ? "unreachable" : "";
        case 2:
            return v6 ? "packet too big" : "";
        default:
            return "";
    }
}

void put_version1(TextBuffer& out, const IkeObservation& seen) {
    if ((seen.read.message.header.flags & version1_flag_encrypted) != 0) return put(out, "encrypted");
    bool first = true;
    for_each_version1_payload(seen, [&](ike1::PayloadType type, std::size_t, Reader body) {
        if (!first) out.push_back(' ');
        first = false;
        put(out, to_string(type));
        if (type != ike1::PayloadType::vendor_id) return;
        const auto text = vendor_id_text(body.rest());
        if (text.empty()) return;
        out.push_back('(');
        put_printable(out, text);
        out.push_back(')');
    });
}

void put_other(TextBuffer& out, const Packet& packet) {
    const auto word = ip_protocol_name(packet.protocol);
    switch (packet.transport) {
        case Transport::none:
            fmt::format_to(fmt::appender(out), "not IP ({:#06x})", packet.ether_type);
            return;
        case Transport::fragment:
            put(out, "IP fragment ");
            break;
        default:
            break;
    }
    if (word.empty()) {
        fmt::format_to(fmt::appender(out), "protocol {}", packet.protocol);
    } else {
        put(out, word);
    }
    if (packet.transport == Transport::icmp && packet.octets.size() >= 2) {
        fmt::format_to(fmt::appender(out), " type {} code {}", packet.octets[0], packet.octets[1]);
    }
    put(out, " len ");
    put_number(out, packet.octets.size());
}

}  // namespace

std::string_view ip_protocol_name(std::uint8_t protocol) {
    switch (protocol) {
        case 1:
            return "ICMP";
        case 2:
            return "IGMP";
        case 4:
            return "IPIP";
        case 6:
            return "TCP";
        case 17:
            return "UDP";
        case 41:
            return "IPv6";
        case 47:
            return "GRE";
        case 50:
            return "ESP";
        case 51:
            return "AH";
        case 58:
            return "ICMPv6";
        case 59:
            return "none";
        case 89:
            return "OSPF";
        case 108:
            return "IPComp";
        case 132:
            return "SCTP";
        default:
            return "";
    }
}

void put_inner(TextBuffer& out, const InnerPacket& inner, TextCache& cache) {
    cache.put(out, inner.source);
    put(out, " > ");
    cache.put(out, inner.destination);
    out.push_back(' ');
    const auto word = ip_protocol_name(inner.protocol);
    if (word.empty()) {
        put(out, "protocol ");
        put_number(out, inner.protocol);
    } else {
        put(out, word);
    }
    if ((inner.protocol == 1 || inner.protocol == 58) && !inner.fragment) {
        out.push_back(' ');
        if (const auto what = icmp_word(inner); !what.empty()) {
            put(out, what);
        } else {
            fmt::format_to(fmt::appender(out), "type {}", inner.icmp_type);
        }
    }
    if (inner.fragment) put(out, " fragment");
    put(out, " len ");
    put_number(out, inner.length);
}

void LineWriter::paint(TextBuffer& out, std::string_view code) const {
    if (colour_ == Colour::ansi) put(out, code);
}

void LineWriter::put_line(TextBuffer& out, const Observation& seen) {
    const auto& packet = seen.packet;
    if (!begin_) begin_ = packet.time;
    put_number(out, packet.frame);
    out.push_back(' ');
    paint(out, dim);
    put_seconds(out, between(*begin_, packet.time).count());
    paint(out, plain);
    out.push_back(' ');
    if (packet.transport != Transport::none) {
        cache_.put(out, packet.source);
        put(out, " > ");
        cache_.put(out, packet.destination);
        out.push_back(' ');
    }
    put_kind(out, seen);
    out.push_back('\n');
}

void LineWriter::put_kind(TextBuffer& out, const Observation& seen) {
    switch (seen.what.kind) {
        case Kind::ike:
            return put_ike(out, seen);
        case Kind::esp:
        case Kind::ah:
            return put_esp(out, seen);
        case Kind::keepalive:
            return put(out, "NAT keepalive");
        case Kind::icmp:
        case Kind::other:
            return put_other(out, seen.packet);
    }
}

void LineWriter::put_ike(TextBuffer& out, const Observation& observation) {
    const auto& seen = observation.ike;
    const auto& header = seen.read.message.header;
    paint(out, bold);
    put(out, !seen.version1 ? std::string_view{"IKE"}
             : seen.authip  ? std::string_view{"AuthIP"}
                            : std::string_view{"IKEv1"});
    paint(out, plain);
    out.push_back(' ');
    if (seen.header_error) {
        paint(out, red);
        put(out, to_string(*seen.header_error));
        return paint(out, plain);
    }
    put_short_spi(out, header.initiator_spi);
    out.push_back(':');
    put_short_spi(out, header.responder_spi);
    out.push_back(' ');
    paint(out, cyan);
    put_exchange(out, seen);
    paint(out, plain);
    if (!seen.version1) put(out, header.is_response() ? std::string_view{" resp"} : std::string_view{" req"});
    put(out, " mid=");
    put_number(out, header.message_id);
    put(out, " [");
    if (seen.version1) {
        put_version1(out, seen);
        return put(out, ']');
    }
    const auto& payloads = seen.read.message.payloads;
    put_payloads(out, payloads, cache_);
    if (seen.decrypted == true && (seen.fragments == 0 || seen.whole)) {
        put(out, ": ");
        put_payloads(out, seen.inner, cache_);
        if (seen.inner.empty()) put(out, "empty");
    }
    out.push_back(']');
    put_verdict(out, seen);
}

void LineWriter::put_verdict(TextBuffer& out, const IkeObservation& seen) const {
    if (seen.integrity == IcvState::bad) {
        paint(out, red);
        put(out, " bad ICV");
        paint(out, plain);
    }
    if (seen.repeats != 0) {
        paint(out, yellow);
        fmt::format_to(fmt::appender(out), " retransmission {} of {}", seen.repetition, seen.repeats);
        paint(out, plain);
    } else if (seen.answers != 0) {
        paint(out, dim);
        put(out, " +");
        put_milliseconds(out, seen.since);
        paint(out, plain);
    }
    const auto error = seen.read.error ? seen.read.error : seen.inner_error;
    if (!error) return;
    paint(out, red);
    out.push_back(' ');
    put(out, to_string(*error));
    paint(out, plain);
}

void LineWriter::put_esp(TextBuffer& out, const Observation& observation) {
    const auto& seen = observation.esp;
    put(out, observation.what.kind == Kind::esp ? std::string_view{"ESP"} : std::string_view{"AH"});
    if (!seen.readable) return put(out, " too short");
    put(out, " spi=0x");
    put_hex(out, seen.spi, 8);
    put(out, " seq=");
    put_number(out, seen.sequence);
    if (seen.integrity == IcvState::good) {
        paint(out, green);
        put(out, " good");
        paint(out, plain);
    } else if (seen.integrity == IcvState::bad) {
        paint(out, red);
        put(out, " bad ICV");
        paint(out, plain);
    }
    if (seen.inner) {
        out.push_back(' ');
        put_inner(out, *seen.inner, cache_);
    } else if (seen.decrypted) {
        put(out,
            seen.next_header == 59 ? std::string_view{" dummy"} : std::string_view{" unreadable inside"});
    } else {
        put(out, " len ");
        put_number(out, observation.what.octets.size());
    }
}

}  // namespace ike
