#include "libike/capture/anonymiser.hpp"

namespace ike {
namespace {

constexpr std::size_t most_endpoints = 64;
constexpr std::size_t most_held = 256;
constexpr std::size_t esp_header = 8;

/// The IV that an SK or SKF payload begins with, as a counter.
std::uint64_t iv_of(const Payload& encrypted) {
    const auto* sk = std::get_if<SkPayload>(&encrypted.body);
    const auto* skf = std::get_if<SkfPayload>(&encrypted.body);
    const ByteView data = sk != nullptr    ? ByteView{sk->data}
                          : skf != nullptr ? ByteView{skf->data}
                                           : ByteView{};
    return data.size() < 8 ? 0 : Reader{data}.number<std::uint64_t>("iv");
}

/// The same for the same message, so that retransmissions stay what they are.
SeededRng rng_for(ByteView datagram) {
    std::uint64_t seed = 0xcbf29ce484222325u;
    for (const auto octet : datagram) seed = (seed ^ octet) * 0x100000001b3u;
    return SeededRng{seed};
}

}  // namespace

void Anonymiser::add(const Observation& seen, const KeyStore& keys, PcapngWriter& to) {
    switch (seen.what.kind) {
        case Kind::ike:
            if (!seen.ike.header_error) add_ike(seen, keys, to);
            break;
        case Kind::esp:
            if (seen.esp.readable) add_esp(seen, keys, to);
            break;
        case Kind::keepalive:
            write({seen.packet.time, seen.packet.source, seen.packet.destination, false, {}},
                  seen.what.octets, to);
            break;
        case Kind::icmp:
            add_as_it_was(seen, anonymise_icmp(seen.what.octets, seen.icmp.v6, names_), to);
            break;
        case Kind::ah: {
            // Next header, length, SPI and sequence number say nothing of anybody.
            auto body = to_bytes(seen.what.octets);
            for (auto& octet : MutableBytes{body}.subspan(std::min<std::size_t>(12, body.size()))) octet = 0;
            add_as_it_was(seen, body, to);
            break;
        }
        case Kind::other:
            break;
    }
}

NatContext Anonymiser::nat_context(const Observation& seen) {
    for (const auto& each : {seen.packet.source, seen.packet.destination}) {
        if (std::ranges::find(endpoints_, each) != endpoints_.end()) continue;
        if (endpoints_.size() == most_endpoints) endpoints_.erase(endpoints_.begin());
        endpoints_.push_back(each);
    }
    const auto& header = seen.ike.header;
    return {header.initiator_spi, header.responder_spi, endpoints_};
}

void Anonymiser::write(const Held& held, ByteView octets, PcapngWriter& to) {
    auto datagram = held.marker ? Bytes(4) : Bytes{};
    append(datagram, octets);
    const auto packet = ip_packet(names_.endpoint(held.source), names_.endpoint(held.destination),
                                  held.source.port != 0 ? Carrier::udp : Carrier::native_esp, datagram);
    if (packet) to.write_packet(held.time, *packet);
}

/// With its own IP header: what is neither UDP nor ESP.
void Anonymiser::add_as_it_was(const Observation& seen, ByteView body, PcapngWriter& to) {
    const auto headers = read_ip(seen.packet.ip);
    if (!headers || seen.packet.reassembled || headers->fragment) return;
    const auto at = static_cast<std::size_t>(headers->payload.data() - seen.packet.ip.data());
    auto packet = concat(seen.packet.ip.first(at), body);
    const bool v4 = headers->source.is_v4();
    const auto length = static_cast<std::uint16_t>(v4 ? packet.size() : packet.size() - 40);
    const std::size_t length_at = v4 ? 2 : 4;
    packet[length_at] = static_cast<std::uint8_t>(length >> 8);
    packet[length_at + 1] = static_cast<std::uint8_t>(length);
    if (anonymise_addresses(packet, names_)) to.write_packet(seen.packet.time, packet);
}

// ---- IKE ------------------------------------------------------------------------------------------------

void Anonymiser::add_ike(const Observation& seen, const KeyStore& keys, PcapngWriter& to) {
    if (seen.ike.fragments != 0) return add_fragment(seen, keys, to);
    const auto nat = nat_context(seen);
    const Held held{
        seen.packet.time, seen.packet.source, seen.packet.destination, seen.what.marker || seen.what.tcp, {}};
    if (seen.ike.version1) return write(held, anonymise_version1(seen.ike.octets, names_), to);
    if (auto cipher = protection(seen, keys)) return write(held, sealed(seen.ike, *cipher, nat), to);
    write(held, shut(seen.ike.octets, nat), to);
}

std::optional<SkProtection> Anonymiser::protection(const Observation& seen, const KeyStore& keys) {
    if (seen.ike.integrity != IcvState::good || seen.ike.decrypted != true || !seen.ike.key)
        return std::nullopt;
    const auto at = other_ike(*seen.ike.key, keys);
    const auto& header = seen.ike.header;
    const auto& record = keys_.ike(at);
    const bool forth = header.from_initiator();
    auto made = SkProtection::create(record.suite, forth ? record.keys.ei : record.keys.er,
                                     forth ? record.keys.ai : record.keys.ar);
    if (!made) return std::nullopt;
    export_.note(SpiPair{header.initiator_spi, header.responder_spi}, at);
    return std::move(*made);
}

Bytes Anonymiser::sealed(const IkeObservation& seen, SkProtection& cipher, const NatContext& nat) {
    const auto& payloads = seen.outer.payloads();
    cipher.set_next_iv(iv_of(payloads.back()));
    auto rng = rng_for(seen.octets);
    const auto plain = with_pseudonyms(std::span{payloads}.first(payloads.size() - 1), nat, names_);
    const auto& header = seen.header;
    if (seen.inner.error())
        return cipher.seal_content(header, seen.inner_first, names_.octets(seen.content, "content"), rng,
                                   plain);
    return cipher.seal(header, with_pseudonyms(seen.inner.payloads(), nat, names_), rng, plain);
}

/// A message in clear, or one that was not opened: what is in SK becomes noise.
Bytes Anonymiser::shut(ByteView datagram, const NatContext& nat) {
    auto read = read_message(datagram);
    if (!read) return {};
    read->message.payloads = with_pseudonyms(read->message.payloads, nat, names_);
    return write_message(read->message);
}

/// Fragments wait for the last one, as only then it is known what they say.
void Anonymiser::add_fragment(const Observation& seen, const KeyStore& keys, PcapngWriter& to) {
    const auto nat = nat_context(seen);
    const auto& header = seen.ike.header;
    const HeldKey key{header.initiator_spi, header.responder_spi, header.message_id, header.flags};
    if (held_.size() >= most_held && !held_.contains(key)) finish(to);
    auto& held = held_[key];
    held.push_back({seen.packet.time, seen.packet.source, seen.packet.destination,
                    seen.what.marker || seen.what.tcp, to_bytes(seen.ike.octets)});
    auto cipher = protection(seen, keys);
    if (!seen.ike.whole || !cipher || seen.ike.inner.error()) return;
    std::size_t limit = 0;
    for (const auto& each : held) limit = std::max(limit, each.octets.size());
    auto rng = rng_for(held.front().octets);
    cipher->set_next_iv(iv_of(seen.ike.outer.payloads().back()));
    const auto made =
        cipher->seal_fragments(header, with_pseudonyms(seen.ike.inner.payloads(), nat, names_), limit, rng);
    for (std::size_t i = 0; i < made.size(); ++i) write(held[std::min(i, held.size() - 1)], made[i], to);
    held_.erase(key);
}

void Anonymiser::finish(PcapngWriter& to) {
    for (const auto& [key, held] : held_) {
        for (const auto& each : held)
            write(each, shut(each.octets, {key.initiator, key.responder, endpoints_}), to);
    }
    held_.clear();
}

KeyStore::Index Anonymiser::other_ike(KeyStore::Index at, const KeyStore& keys) {
    const auto known = other_ike_.find(at);
    if (known != other_ike_.end()) return known->second;
    const auto& real = keys.ike(at);
    IkeKeyRecord made;
    made.spi_i = real.spi_i;
    made.spi_r = real.spi_r;
    made.suite = real.suite;
    // From SK_d the real ones would follow, and nothing follows from another.
    made.keys.ei = names_.secret(real.keys.ei, "key");
    made.keys.er = names_.secret(real.keys.er, "key");
    made.keys.ai = names_.secret(real.keys.ai, "key");
    made.keys.ar = names_.secret(real.keys.ar, "key");
    keys_.add(std::move(made));
    return other_ike_[at] = static_cast<KeyStore::Index>(keys_.ike_count() - 1);
}

// ---- ESP ------------------------------------------------------------------------------------------------

KeyStore::Index Anonymiser::other_esp(KeyStore::Index at, const EspSuite& suite, const KeyStore& keys) {
    const auto known = other_esp_.find(at);
    if (known != other_esp_.end()) return known->second;
    const auto& real = keys.esp_record(at);
    EspKeyRecord made;
    made.spi = real.spi;
    made.suite = suite;
    made.encr_key = names_.secret(real.encr_key, "key");
    made.integ_key = names_.secret(real.integ_key, "key");
    keys_.add(std::move(made));
    return other_esp_[at] = static_cast<KeyStore::Index>(keys_.esp_count() - 1);
}

std::optional<Bytes> Anonymiser::sealed_esp(const Observation& seen, const KeyStore& keys) {
    // Without an ICV nothing is sure.
    if (!seen.esp.key || seen.esp.integrity != IcvState::good) return std::nullopt;
    auto suite = keys.esp_record(*seen.esp.key).suite;
    suite.esn = seen.esp.esn;
    const auto at = other_esp(*seen.esp.key, suite, keys);
    const auto& record = keys_.esp_record(at);
    auto outbound =
        esp::Outbound::create(seen.esp.spi, suite, record.encr_key, record.integ_key, seen.esp.sequence);
    if (!outbound) return std::nullopt;
    // Compressed octets hide what they hold: they are written as they were before.
    const bool ipcomp = seen.esp.ipcomp && seen.esp.ipcomp->decompressed;
    auto payload = to_bytes(seen.esp.content);
    const bool tunnel = seen.esp.inner && seen.esp.inner->tunnel && anonymise_packet(payload, names_);
    if (!tunnel) {
        anonymise_transport(payload, seen.esp.next_header, seen.packet.source.address,
                            seen.packet.destination.address, names_);
    }
    const auto octets = seen.what.octets;
    if (octets.size() >= esp_header + 8)
        outbound->set_next_iv(Reader{octets.subspan(esp_header)}.number<std::uint64_t>("iv"));
    Bytes packet(outbound->overhead().sealed_size(payload.size()));
    packet.resize(
        outbound->seal(payload, ipcomp ? seen.esp.ipcomp->next_header : seen.esp.next_header, packet));
    if (packet.empty()) return std::nullopt;
    export_.note(seen.esp.spi, at);
    return packet;
}

void Anonymiser::add_esp(const Observation& seen, const KeyStore& keys, PcapngWriter& to) {
    auto packet = sealed_esp(seen, keys);
    if (!packet) {
        const auto octets = seen.what.octets;
        packet = concat(octets.first(esp_header), names_.octets(octets.subspan(esp_header), "esp"));
    }
    Held held{seen.packet.time, seen.packet.source, seen.packet.destination, false, {}};
    if (!seen.what.udp && !seen.what.tcp) held.source.port = held.destination.port = 0;
    write(held, *packet, to);
}

}  // namespace ike
