#pragma once
// A small conversation to track: IKE_SA_INIT, IKE_AUTH, ESP each way, an INFORMATIONAL request sent twice.
#include <optional>
#include <vector>

#include "libike/capture/pcapng_writer.hpp"
#include "libike/capture/tracker.hpp"
#include "libike/sa/auth.hpp"
#include "libike/sa/traffic_selectors.hpp"

namespace ike::testing {

/// What a test asks of an observation, kept beyond the next packet.
struct Seen {
    std::optional<bool> decrypted;
    IcvState integrity{};
    std::string obstacle;
    std::vector<PayloadType> inner;
    std::uint64_t repeats = 0, answers = 0;
    std::chrono::nanoseconds since{};
    bool esp_opened = false;
    Address inner_source;
};

class Conversation {
public:
    Conversation();
    enum class Known { ike, ike_without_d, wrong };
    KeyStore keys(Known known) const;
    IkeKeyRecord record() const;
    /// Changes the last octet of a packet, by index.
    void damage(std::size_t index);
    std::vector<Seen> play(Tracker& tracker) const;
    const std::vector<Bytes>& packets() const { return packets_; }
    std::pair<ByteView, ByteView> nonces() const { return {nonce_i_, nonce_r_}; }

private:
    void send(const Bytes& octets, bool forth);
    void init();
    void auth();
    void traffic();
    void liveness();
    IkeSuite suite_;
    EspSuite esp_suite_;
    IkeKeys keys_;
    Bytes nonce_i_, nonce_r_;
    std::vector<Bytes> packets_;  ///< raw IP, a second apart
};

inline constexpr IkeSpi spi_i = 0x1122334455667788;
inline constexpr IkeSpi spi_r = 0x99aabbccddeeff00;
inline constexpr std::uint32_t esp_spi_i = 0xc1000001;
inline constexpr std::uint32_t esp_spi_r = 0xc2000002;
inline const Endpoint left = *parse_endpoint("192.0.2.2:4500");
inline const Endpoint right = *parse_endpoint("203.0.113.2:4500");

inline Header header(ExchangeType exchange, std::uint32_t message_id, bool forth, IkeSpi responder = spi_r) {
    Header made;
    made.initiator_spi = spi_i;
    made.responder_spi = responder;
    made.exchange = exchange;
    made.flags = forth ? flag_initiator : flag_response;
    made.message_id = message_id;
    return made;
}
inline Bytes spi_octets(std::uint32_t spi) { return Writer{}.number(spi).take(); }

inline Conversation::Conversation() {
    suite_ = *ike_suite(*parse_proposal(ProtocolId::ike, "aes256gcm16-prfsha256-x25519"));
    esp_suite_ = *ike::esp_suite(*parse_proposal(ProtocolId::esp, "aes128gcm16"));
    SeededRng rng{4};
    nonce_i_ = rng.bytes(32);
    nonce_r_ = rng.bytes(32);
    keys_ = derive_ike_keys(suite_, rng.bytes(32), {nonce_i_, nonce_r_, spi_i, spi_r});
    init();
    auth();
    traffic();
    liveness();
}

inline void Conversation::send(const Bytes& octets, bool forth) {
    packets_.push_back(*ip_packet(forth ? left : right, forth ? right : left, Carrier::udp, octets));
}

inline void Conversation::init() {
    for (const bool forth : {true, false}) {
        Message message;
        message.header = header(ExchangeType::ike_sa_init, 0, forth, forth ? 0 : spi_r);
        message.payloads = {payload(SaPayload{{to_proposal(suite_)}}),
                            payload(KePayload{suite_.ke, 0, Bytes(32, 9)}),
                            payload(NoncePayload{forth ? nonce_i_ : nonce_r_})};
        send(concat(Bytes(4), write_message(message)), forth);
    }
}

inline void Conversation::auth() {
    SeededRng rng{5};
    for (const bool forth : {true, false}) {
        auto proposal = to_proposal(esp_suite_);
        proposal.spi = spi_octets(forth ? esp_spi_i : esp_spi_r);
        const auto id = Identity::parse(forth ? "client.example" : "gw.example")->payload();
        const TsPayload selectors{*parse_selectors("10.0.0.0/8"), {}, {}};
        const std::vector<Payload> inner{payload(forth ? PayloadType::idi : PayloadType::idr, id),
                                         payload(AuthPayload{AuthMethod::shared_key_mic, {}, Bytes(32, 3)}),
                                         payload(SaPayload{{proposal}}), payload(PayloadType::tsi, selectors),
                                         payload(PayloadType::tsr, selectors)};
        auto protection =
            SkProtection::create(suite_, forth ? keys_.ei : keys_.er, forth ? keys_.ai : keys_.ar);
        send(concat(Bytes(4), protection->seal(header(ExchangeType::ike_auth, 1, forth), inner, rng)), forth);
    }
}

inline void Conversation::traffic() {
    const auto child = derive_child_keys(suite_.prf, keys_.d, esp_suite_, {}, nonce_i_, nonce_r_);
    for (const bool forth : {true, false}) {
        const auto source = *parse_endpoint(forth ? "10.98.0.1:1000" : "10.99.0.2:2000");
        const auto destination = *parse_endpoint(forth ? "10.99.0.2:2000" : "10.98.0.1:1000");
        const auto inner = *ip_packet(source, destination, Carrier::udp, Bytes{1, 2, 3});
        auto outbound = esp::Outbound::create(forth ? esp_spi_r : esp_spi_i, esp_suite_,
                                              forth ? child.ei : child.er, forth ? child.ai : child.ar);
        Bytes packet(200);
        packet.resize(outbound->seal(inner, esp::next_header_ipv4, packet));
        send(packet, forth);
    }
}

inline void Conversation::liveness() {
    SeededRng rng{6};
    auto protection = SkProtection::create(suite_, keys_.ei, keys_.ai);
    protection->set_next_iv(100);
    const auto request = protection->seal(header(ExchangeType::informational, 2, true), {}, rng);
    send(concat(Bytes(4), request), true);
    send(concat(Bytes(4), request), true);
}

inline IkeKeyRecord Conversation::record() const {
    IkeKeyRecord made;
    made.spi_i = spi_i;
    made.spi_r = spi_r;
    made.suite = suite_;
    made.keys = keys_.clone();
    return made;
}

inline KeyStore Conversation::keys(Known known) const {
    auto made = record();
    if (known == Known::ike_without_d) made.keys.d = {};
    if (known == Known::wrong) {
        made.keys.ei = SecretBytes{made.keys.ei.size()};
        made.keys.er = SecretBytes{made.keys.er.size()};
    }
    KeyStore store;
    store.add(std::move(made));
    return store;
}

inline void Conversation::damage(std::size_t index) { packets_[index].back() ^= 1; }

inline std::vector<Seen> Conversation::play(Tracker& tracker) const {
    std::vector<Seen> all;
    for (const auto& packet : packets_) {
        const EpochTime time{std::chrono::seconds{1'700'000'000 + all.size()}};
        const auto& seen = tracker.observe(
            {all.size() + 1, time, LinkType::raw, packet, static_cast<std::uint32_t>(packet.size())});
        Seen kept;
        if (seen.what.kind == Kind::ike) {
            kept = {seen.ike.decrypted,
                    seen.ike.integrity,
                    seen.ike.obstacle.text(),
                    {},
                    seen.ike.repeats,
                    seen.ike.answers,
                    seen.ike.since,
                    false,
                    {}};
            for (const auto& each : seen.ike.inner.views()) kept.inner.push_back(each.type);
        } else {
            kept.integrity = seen.esp.integrity;
            kept.obstacle = seen.esp.obstacle.view();
            kept.esp_opened = seen.esp.decrypted;
            if (seen.esp.inner) kept.inner_source = seen.esp.inner->source.address;
        }
        all.push_back(std::move(kept));
    }
    return all;
}

}  // namespace ike::testing
