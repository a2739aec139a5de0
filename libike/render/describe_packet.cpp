#include <ctime>

#include "libike/registry/ike1.hpp"
#include "libike/render/describe.hpp"
#include "libike/render/findings.hpp"
#include "libike/render/text.hpp"
#include "libike/render/unread.hpp"
#include "libike/render/version1.hpp"

namespace ike {
namespace {

std::string_view view(const TextBuffer& text) { return {text.data(), text.size()}; }

void describe_frame(const Observation& seen, Fields& fields) {
    const auto& packet = seen.packet;
    fields.number("frame", "", packet.frame);
    const auto nanoseconds = packet.time.time_since_epoch().count();
    TextBuffer text;
    if (nanoseconds < 0) text.push_back('-');
    const auto count = static_cast<std::uint64_t>(nanoseconds);
    put_number(text, nanoseconds < 0 ? 0 - count : count);
    fields.text("time", "", view(text));
    const bool ip = packet.transport != Transport::none;
    if (ip) {
        endpoint_field(fields, "src", "", packet.source);
        endpoint_field(fields, "dst", "", packet.destination);
    } else {
        fields.null("src");
        fields.null("dst");
    }
    fields.text("kind", "", to_string(seen.what.kind));
    fields.text("link", "Link layer", to_string(packet.link));
    if (ip) fields.number("ip_protocol", "", packet.protocol);
    if (packet.number_in_file != 0) {
        fields.number("file", "File", packet.file);
        fields.number("frame_in_file", "Frame there", packet.number_in_file);
    }
    describe_tunnels(packet, fields);
    if (packet.cut) fields.flag("cut", "Cut off by the capture", true);
    if (packet.reassembled) fields.flag("reassembled", "Reassembled from IP fragments", true);
}

void describe_error(const IkeObservation& seen, Fields& fields) {
    const auto found = unread(seen);
    if (!found) return;
    fields.open("error", "Could not be read to the end");
    fields.number("offset", "", found->error.offset);
    fields.text("field", "", found->error.field);
    if (found->payload) fields.text("payload", "Payload", to_string(*found->payload));
    fields.text("reason", "Reason", to_string(found->error));
    fields.close();
}

void describe_exchange(const IkeObservation& seen, Fields& fields) {
    const auto exchange = seen.header.exchange;
    if (!seen.version1) return code_field(fields, "exchange", "exchange_type", "Exchange", exchange);
    fields.code("exchange", "exchange_type", "Exchange", to_string(static_cast<ike1::ExchangeType>(exchange)),
                static_cast<std::uint64_t>(exchange));
}

void describe_header(const IkeObservation& seen, Fields& fields) {
    const auto& header = seen.header;
    hex_field(fields, "ispi", "Initiator's SPI", header.initiator_spi, 16);
    hex_field(fields, "rspi", "Responder's SPI", header.responder_spi, 16);
    TextBuffer version;
    put_number(version, header.version >> 4);
    version.push_back('.');
    put_number(version, header.version & 15u);
    fields.text("version", "Version", view(version));
    describe_exchange(seen, fields);
    fields.number("flags", "", header.flags);
    fields.number("message_id", "Message ID", header.message_id);
    if (seen.version1) {  // which has no such flags (RFC 2408 section 3.1)
        fields.null("initiator");
        fields.null("response");
    } else {
        fields.flag("initiator", "From the original initiator", header.from_initiator());
        fields.flag("response", "Response", header.is_response());
    }
    fields.number("length", "Length", header.length);
}

void describe_checks(const IkeObservation& seen, Fields& fields) {
    if (seen.checks.empty()) return;
    fields.open_list("verified", "");
    for (const auto& check : seen.checks) {
        const bool unknown = check.result == IcvState::unknown;
        const auto result = unknown ? std::string_view{"not possible"} : to_string(check.result);
        const bool labels = fields.shows_labels();
        fields.open("", labels ? fmt::format("Verification of {}: {}", check.what, result) : std::string{});
        fields.text("what", "", check.what);
        fields.text("result", "", to_string(check.result));
        fields.text("detail", "Because", check.detail.view());
        fields.close();
    }
    fields.close_list();
}

void describe_pairing(const IkeObservation& seen, Fields& fields) {
    if (seen.repeats != 0) {
        fields.number("retransmission_of", "Retransmission of frame", seen.repeats);
        fields.number("retransmission", "", seen.repetition);
    }
    if (seen.answers != 0) fields.number("response_to", "Response to frame", seen.answers);
    if (seen.differs_from != 0) fields.number("differs_from", "Should repeat frame", seen.differs_from);
    if (seen.repeats == 0 && seen.answers == 0) return;
    TextBuffer text;
    put_seconds(text, seen.since.count());
    fields.text("after", "After, seconds", view(text));
}

void describe_ike(const Observation& observation, Fields& fields) {
    const auto& seen = observation.ike;
    fields.flag("non_esp_marker", "", observation.what.marker);
    if (observation.what.tcp) fields.flag("tcp", "In TCP", true);
    if (!seen.header_error) {
        describe_header(seen, fields);
        describe_pairing(seen, fields);
        const MessageContext context{seen.header, &observation.packet};
        if (seen.version1) {
            describe_version1(seen, fields);
        } else {
            const bool opened = seen.decrypted == true && (seen.fragments == 0 || seen.whole);
            describe(seen.outer, context, fields, opened ? &seen.inner : nullptr);
        }
    }
    if (seen.decrypted) {
        fields.flag("decrypted", "Decrypted", *seen.decrypted);
    } else {
        fields.null("decrypted");
    }
    fields.text("integrity", seen.decrypted ? "ICV" : "", to_string(seen.integrity));
    if (!seen.obstacle.empty()) fields.text("obstacle", "Not decrypted", seen.obstacle.view());
    if (seen.fragments != 0) fields.flag("whole", "", seen.whole);
    describe_checks(seen, fields);
    describe_error(seen, fields);
}

void describe_findings(const Observation& observation, Fields& fields) {
    fields.open_list("findings", "");
    for (const auto& finding : findings(observation)) {
        fields.open("", finding.message);
        fields.text("id", "", finding.id);
        fields.text("severity", "Severity", to_string(finding.severity));
        fields.number("offset", "At offset", finding.offset);
        fields.text("message", "", finding.message);
        fields.text("reference", "See", finding.reference);
        fields.close();
    }
    fields.close_list();
}

void describe_inner(const EspObservation& seen, Fields& fields) {
    if (!seen.inner) {
        if (seen.decrypted) fields.null("inner");
        return;
    }
    const auto& inner = *seen.inner;
    fields.open("inner", "Inner packet");
    fields.number("protocol", "Protocol", inner.protocol);
    address_field(fields, "src", "From", inner.source.address);
    address_field(fields, "dst", "To", inner.destination.address);
    if (inner.ports) {
        fields.number("src_port", "From port", inner.source.port);
        fields.number("dst_port", "To port", inner.destination.port);
    }
    if (inner.protocol == 1 || inner.protocol == 58) {
        fields.number("icmp_type", "ICMP type", inner.icmp_type);
        fields.number("icmp_code", "ICMP code", inner.icmp_code);
    }
    fields.number("length", "Length", inner.length);
    fields.flag("tunnel", "Tunnel mode", inner.tunnel);
    fields.close();
}

void describe_esp(const Observation& observation, Fields& fields) {
    const auto& seen = observation.esp;
    const bool esp = observation.what.kind == Kind::esp;
    fields.flag("udp", "In UDP", observation.what.udp);
    if (observation.what.tcp) fields.flag("tcp", "In TCP", true);
    fields.number("length", "Length", observation.what.octets.size());
    if (!seen.readable) {
        fields.open("error", "Could not be read");
        fields.number("offset", "", observation.what.octets.size());
        fields.text("field", "", "sequence number");
        fields.text("reason", "Reason", "too short for SPI and sequence number");
        fields.close();
        return;
    }
    hex_field(fields, "spi", "SPI", seen.spi, 8);
    fields.number("seq", "Sequence number", seen.sequence);
    if (esp) {
        fields.flag("decrypted", "Decrypted", seen.decrypted);
        fields.text("integrity", "ICV", to_string(seen.integrity));
        if (!seen.obstacle.empty()) fields.text("obstacle", "Not decrypted", seen.obstacle.view());
    }
    if (seen.decrypted || !esp) fields.number("next_header", "Next header", seen.next_header);
    if (seen.decrypted) fields.number("pad_length", "Pad length", seen.pad_length);
    if (seen.ipcomp) {
        fields.open("ipcomp", "IPComp");
        fields.number("next_header", "Next header", seen.ipcomp->next_header);
        hex_field(fields, "cpi", "CPI", seen.ipcomp->cpi, 4);
        fields.number("compressed", "Octets compressed", seen.ipcomp->compressed);
        fields.flag("decompressed", "Decompressed as DEFLATE", seen.ipcomp->decompressed);
        fields.close();
    }
    describe_inner(seen, fields);
}

void heading(const Observation& seen, TextBuffer& out) {
    fmt::format_to(fmt::appender(out), "Frame {}: ", seen.packet.frame);
    const auto nanoseconds = seen.packet.time.time_since_epoch().count();
    put(out, date_text(nanoseconds / 1'000'000'000));
    out.resize(out.size() - 1);
    fmt::format_to(fmt::appender(out), ".{:09}Z ", nanoseconds >= 0 ? nanoseconds % 1'000'000'000 : 0);
    if (seen.packet.transport != Transport::none) {
        put_endpoint(out, seen.packet.source);
        put(out, " > ");
        put_endpoint(out, seen.packet.destination);
        put(out, ' ');
    }
    put(out, to_string(seen.what.kind));
}

}  // namespace

void describe(const Observation& seen, Fields& fields) {
    TextBuffer text;
    if (fields.shows_labels()) heading(seen, text);
    fields.open("", view(text));
    describe_frame(seen, fields);
    switch (seen.what.kind) {
        case Kind::ike:
            describe_ike(seen, fields);
            break;
        case Kind::esp:
        case Kind::ah:
            describe_esp(seen, fields);
            break;
        case Kind::icmp:
            describe(seen.icmp, fields);
            break;
        case Kind::keepalive:
        case Kind::other:
            break;
    }
    describe_findings(seen, fields);
    fields.close();
}

void describe(const Message& message, Fields& fields) {
    IkeObservation seen;
    seen.header = message.header;
    describe_header(seen, fields);
    describe(PayloadChain{message.payloads}, {message.header, nullptr}, fields);
}

void address_field(Fields& fields, std::string_view key, std::string_view label, const Address& address) {
    TextBuffer text;
    put_address(text, address);
    fields.text(key, label, view(text));
}
void endpoint_field(Fields& fields, std::string_view key, std::string_view label, const Endpoint& endpoint) {
    TextBuffer text;
    put_endpoint(text, endpoint);
    fields.text(key, label, view(text));
}
void characters_field(Fields& fields, std::string_view key, std::string_view label, ByteView octets) {
    fields.text(key, label, {reinterpret_cast<const char*>(octets.data()), octets.size()});
}
void hex_field(Fields& fields, std::string_view key, std::string_view label, std::uint64_t value,
               unsigned digits) {
    TextBuffer text;
    put_hex(text, value, digits);
    fields.text(key, label, view(text));
}
void reserved_field(Fields& fields, ByteView octets) {
    if (std::ranges::any_of(octets, [](auto octet) { return octet != 0; }))
        fields.octets("reserved", "Reserved", octets);
}
std::string date_text(std::int64_t seconds) {
    // Any 64-bit count of seconds; what no calendar has becomes a plain number.
    const std::time_t time = seconds;
    std::tm parts{};
    if (::gmtime_r(&time, &parts) == nullptr) return fmt::format("{}Z", seconds);
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", parts.tm_year + 1900LL, parts.tm_mon + 1,
                       parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec);
}

}  // namespace ike
