#include "libike/render/line.hpp"

#include "libike/registry/vendor_id.hpp"
#include "libike/render/unread.hpp"
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

void put_exchange(TextBuffer& out, const IkeObservation& seen) {
    const auto exchange = seen.header.exchange;
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

void put_length(TextBuffer& out, std::size_t length) {
    with_pen(out, 5 + Pen::longest_number, [&](Pen& pen) {
        pen.text(" len ");
        pen.number(length);
    });
}

void put_version1(TextBuffer& out, const IkeObservation& seen) {
    if ((seen.header.flags & version1_flag_encrypted) != 0) return put(out, "encrypted");
    bool first = true;
    (void)for_each_version1_payload(seen, [&](ike1::PayloadType type, std::size_t, Reader body) {
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

}  // namespace

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
        if (const auto what = icmp_name(inner.icmp_type, inner.icmp_code, inner.protocol == 58);
            !what.empty()) {
            put(out, what);
        } else {
            fmt::format_to(fmt::appender(out), "type {}", inner.icmp_type);
        }
    }
    if (inner.fragment) put(out, " fragment");
    put_length(out, inner.length);
}

void LineWriter::paint(TextBuffer& out, std::string_view code) const {
    if (colour_ == Colour::ansi) put(out, code);
}

void LineWriter::put_line(TextBuffer& out, const Observation& seen) {
    put_start(out, seen.packet);
    if (!seen.packet.wrappings.empty()) put_tunnels(out, seen.packet, cache_);
    put_kind(out, seen);
    out.push_back('\n');
}

/// Number, time and both ends.
void LineWriter::put_start(TextBuffer& out, const Packet& packet) {
    if (!begin_) begin_ = packet.time;
    constexpr auto most =
        4 * Pen::longest_number + 10 + 10 + dim.size() + plain.size() + 2 * TextCache::EndpointText::most;
    Pen pen{extend(out, most)};
    const bool colours = colour_ == Colour::ansi;
    pen.number(packet.frame);
    pen.character(' ');
    if (packet.number_in_file != 0) {
        pen.number(packet.file);
        pen.character(':');
        pen.number(packet.number_in_file);
        pen.character(' ');
    }
    if (colours) pen.text(dim);
    pen.seconds(between(*begin_, packet.time).count());
    if (colours) pen.text(plain);
    pen.character(' ');
    if (packet.transport != Transport::none) {
        pen.text(cache_.text(packet.source));
        pen.text(" > ");
        pen.text(cache_.text(packet.destination));
        pen.character(' ');
    }
    out.resize(static_cast<std::size_t>(pen.at() - out.data()));
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
            return put_icmp(out, seen, cache_);
        case Kind::other:
            return put_other(out, seen.packet);
    }
}

void LineWriter::put_ike(TextBuffer& out, const Observation& observation) {
    const auto& seen = observation.ike;
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
    put_ike_header(out, seen);
    if (seen.version1) {
        put_version1(out, seen);
        return put(out, ']');
    }
    put_payloads(out, seen.outer, cache_);
    if (seen.decrypted == true && (seen.fragments == 0 || seen.whole)) {
        put(out, ": ");
        put_payloads(out, seen.inner, cache_);
        if (seen.inner.empty()) put(out, "empty");
    }
    out.push_back(']');
    put_verdict(out, seen);
}

/// "11223344..:33445566.. IKE_AUTH req mid=1 ["
void LineWriter::put_ike_header(TextBuffer& out, const IkeObservation& seen) const {
    const auto& header = seen.header;
    Pen spis{extend(out, 22)};
    spis.hex8(static_cast<std::uint32_t>(header.initiator_spi >> 32));
    spis.text("..:");
    spis.hex8(static_cast<std::uint32_t>(header.responder_spi >> 32));
    spis.text(".. ");
    paint(out, cyan);
    put_exchange(out, seen);
    paint(out, plain);
    with_pen(out, 16 + Pen::longest_number, [&](Pen& rest) {
        if (!seen.version1) header.is_response() ? rest.text(" resp") : rest.text(" req");
        rest.text(" mid=");
        rest.number(header.message_id);
        rest.text(" [");
    });
}

void LineWriter::put_checks(TextBuffer& out, const IkeObservation& seen) const {
    for (const auto& check : seen.checks) {
        if (check.result == IcvState::unknown) continue;
        const bool good = check.result == IcvState::good;
        paint(out, good ? green : red);
        out.push_back(' ');
        put(out, check.what);
        put(out, good ? std::string_view{" verified"} : std::string_view{" WRONG: "});
        if (!good) put_printable(out, check.detail.view());
        paint(out, plain);
    }
}

/// Why a message stayed shut, where there is more to say than that there are no keys.
void LineWriter::put_obstacle(TextBuffer& out, std::string_view obstacle) const {
    if (obstacle.empty() || obstacle.starts_with("no keys for")) return;
    paint(out, yellow);
    put(out, " (");
    put(out, obstacle);
    out.push_back(')');
    paint(out, plain);
}

void LineWriter::put_verdict(TextBuffer& out, const IkeObservation& seen) const {
    if (seen.integrity == IcvState::bad) {
        paint(out, red);
        put(out, " bad ICV");
        paint(out, plain);
    } else {
        put_obstacle(out, seen.obstacle.view());
    }
    put_checks(out, seen);
    if (seen.differs_from != 0) fmt::format_to(fmt::appender(out), " differs from {}", seen.differs_from);
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
    const auto found = unread_chain(seen);
    if (!found) return;
    paint(out, red);
    out.push_back(' ');
    put(out, to_string(found->error));
    if (found->payload) {
        put(out, ", in ");
        put(out, to_string(*found->payload));
    }
    paint(out, plain);
}

void LineWriter::put_esp(TextBuffer& out, const Observation& observation) {
    const auto& seen = observation.esp;
    const bool is_esp = observation.what.kind == Kind::esp;
    if (!seen.readable) return put(out, is_esp ? "ESP too short" : "AH too short");
    with_pen(out, 24 + Pen::longest_number, [&](Pen& pen) {
        is_esp ? pen.text("ESP spi=0x") : pen.text("AH spi=0x");
        pen.hex8(seen.spi);
        pen.text(" seq=");
        pen.number(seen.sequence);
    });
    if (seen.integrity == IcvState::good) {
        paint(out, green);
        put(out, " good");
        paint(out, plain);
    } else if (seen.integrity == IcvState::bad) {
        paint(out, red);
        put(out, " bad ICV");
        paint(out, plain);
    }
    if (seen.ipcomp)
        put(out, seen.ipcomp->decompressed ? std::string_view{" IPComp"}
                                           : std::string_view{" IPComp (unreadable)"});
    if (seen.inner) {
        out.push_back(' ');
        put_inner(out, *seen.inner, cache_);
    } else if (seen.decrypted) {
        put(out,
            seen.next_header == 59 ? std::string_view{" dummy"} : std::string_view{" unreadable inside"});
    } else {
        put_length(out, observation.what.octets.size());
        if (seen.integrity != IcvState::bad) put_obstacle(out, seen.obstacle.view());
    }
}

}  // namespace ike
