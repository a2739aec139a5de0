#include "tests/diagnose/stage.hpp"

#include <algorithm>

#include "libike/base/sort.hpp"

namespace ike::testing {
namespace {

Bytes octets_of(std::uint32_t spi) { return Writer{}.number(spi).take(); }

/// TTL of a raw packet, with the checksum of an IPv4 header put right.
void set_ttl(Bytes& packet, std::uint8_t ttl) {
    if (packet[0] >> 4 != 4) {
        packet[7] = ttl;
        return;
    }
    packet[8] = ttl;
    packet[10] = packet[11] = 0;
    std::uint32_t sum = 0;
    for (std::size_t i = 0; i < 20; i += 2) sum += static_cast<std::uint32_t>(packet[i] << 8 | packet[i + 1]);
    while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
    packet[10] = static_cast<std::uint8_t>(~sum >> 8);
    packet[11] = static_cast<std::uint8_t>(~sum);
}

/// An inner IPv4 packet with an ICMP echo request or reply, `size` octets in all.
Bytes echo(bool request, std::size_t size) {
    const auto a = *parse_endpoint("10.98.0.1:0"), b = *parse_endpoint("10.99.0.2:0");
    auto packet = *ip_packet(request ? a : b, request ? b : a, Carrier::native_esp, Bytes(size - 20));
    packet[9] = 1;
    packet[20] = request ? 8 : 0;
    return packet;
}

}  // namespace

Stage::Stage(std::uint64_t seed) : rng_{seed} {
    suite_ = *ike_suite(*parse_proposal(ProtocolId::ike, "aes256gcm16-prfsha256-x25519"));
    esp_suite_ = *ike::esp_suite(*parse_proposal(ProtocolId::esp, "aes256gcm16"));
    spi_i_ = Reader{rng_.bytes(8)}.number<std::uint64_t>("spi");
    spi_r_ = Reader{rng_.bytes(8)}.number<std::uint64_t>("spi");
    nonce_i_ = rng_.bytes(32);
    nonce_r_ = rng_.bytes(32);
    ke_i_ = rng_.bytes(32);
    ke_r_ = rng_.bytes(32);
    keys_ = derive_ike_keys(suite_, rng_.bytes(32), {nonce_i_, nonce_r_, spi_i_, spi_r_});
    protection_.push_back(*SkProtection::create(suite_, keys_.ei, keys_.ai));
    protection_.push_back(*SkProtection::create(suite_, keys_.er, keys_.ar));
}

Header Stage::header(ExchangeType exchange, std::uint32_t id, bool forth, bool response) const {
    Header made;
    made.initiator_spi = spi_i_;
    made.responder_spi = exchange == ExchangeType::ike_sa_init && !response ? 0 : spi_r_;
    made.exchange = exchange;
    made.flags = static_cast<std::uint8_t>((forth ? flag_initiator : 0) | (response ? flag_response : 0));
    made.message_id = id;
    return made;
}

Stage& Stage::raw(Bytes packet, std::uint8_t ttl_at_client, std::uint8_t ttl_at_gateway) {
    now_ += 1ms;
    const EpochTime time{std::chrono::seconds{1'700'000'000} + now_};
    set_ttl(packet, ttl_at_client);
    if (at_client_) client_file_.push_back({time + (ttl_at_client > ttl_at_gateway ? 0us : 300us), packet});
    set_ttl(packet, ttl_at_gateway);
    if (at_gateway_) gateway_file_.push_back({time + (ttl_at_client > ttl_at_gateway ? 300us : 0us), packet});
    last_ = std::move(packet);
    last_forth_ = ttl_at_client > ttl_at_gateway;
    return *this;
}

void Stage::send(ByteView octets, bool forth, bool port_500) {
    const auto a = port_500 ? Endpoint{client_.address, 500} : client_,
               b = port_500 ? gateway_500 : gateway_4500;
    raw(*ip_packet(forth ? a : b, forth ? b : a, Carrier::udp, octets), forth ? 64 : 63, forth ? 63 : 64);
}

Stage& Stage::again() { return raw(last_, last_forth_ ? 64 : 63, last_forth_ ? 63 : 64); }

Stage& Stage::init_request(std::vector<Payload> extra) {
    Message message;
    message.header = header(ExchangeType::ike_sa_init, 0, true, false);
    message.payloads = {payload(SaPayload{{to_proposal(suite_)}}), payload(KePayload{suite_.ke, 0, ke_i_}),
                        payload(NoncePayload{nonce_i_})};
    message.payloads.insert(message.payloads.begin(), extra.begin(), extra.end());
    send(write_message(message), true, true);
    return *this;
}

Stage& Stage::init_response(std::vector<Payload> payloads) {
    Message message;
    message.header = header(ExchangeType::ike_sa_init, 0, false, true);
    message.payloads = std::move(payloads);
    send(write_message(message), false, true);
    return *this;
}

Stage& Stage::init_response() {
    return init_response({payload(SaPayload{{to_proposal(suite_)}}), payload(KePayload{suite_.ke, 0, ke_r_}),
                          payload(NoncePayload{nonce_r_})});
}

Stage& Stage::say(ExchangeType exchange, std::uint32_t id, bool forth, bool response,
                  const std::vector<Payload>& inner) {
    auto& protection = protection_[forth ? 0 : 1];
    send(concat(Bytes(4), protection.seal(header(exchange, id, forth, response), inner, rng_)), forth);
    return *this;
}

Bytes Stage::nonce_of(std::size_t child, bool forth) const {
    auto nonce = forth ? nonce_i_ : nonce_r_;
    nonce[0] = static_cast<std::uint8_t>(nonce[0] + child);
    return nonce;
}

Payload Stage::offer(std::size_t child, bool response) const {
    auto proposal = to_proposal(esp_suite_);
    proposal.spi = octets_of(response ? children_[child].spi_r : children_[child].spi_i);
    return payload(SaPayload{{proposal}});
}

void Stage::make_child(std::size_t index) {
    Child child{0xc1000000u + Reader{rng_.bytes(2)}.number<std::uint16_t>("spi") * 16u +
                    static_cast<std::uint32_t>(index),
                0,
                {},
                {}};
    child.spi_r = child.spi_i + 0x01000000u;
    const auto made =
        derive_child_keys(suite_.prf, keys_.d, esp_suite_, {}, nonce_of(index, true), nonce_of(index, false));
    child.forth.emplace(*esp::Outbound::create(child.spi_r, esp_suite_, made.ei, made.ai));
    child.back.emplace(*esp::Outbound::create(child.spi_i, esp_suite_, made.er, made.ar));
    children_.push_back(std::move(child));
}

Stage& Stage::connect(std::vector<Payload> request, std::vector<Payload> response, unsigned children) {
    init_request().init_response();
    make_child(0);
    for (const bool forth : {true, false}) {
        const auto id = Identity::parse(forth ? "client.example" : "gw.example")->payload();
        const TsPayload selectors{*parse_selectors("10.0.0.0/8"), {}, {}};
        auto inner = forth ? request : response;
        inner.insert(inner.end(),
                     {payload(forth ? PayloadType::idi : PayloadType::idr, id),
                      payload(AuthPayload{AuthMethod::shared_key_mic, {}, Bytes(32, 3)}), offer(0, !forth),
                      payload(PayloadType::tsi, selectors), payload(PayloadType::tsr, selectors)});
        say(ExchangeType::ike_auth, 1, forth, !forth, inner);
    }
    for (unsigned i = 1; i < children; ++i) {
        make_child(i);
        for (const bool forth : {true, false}) {
            say(ExchangeType::create_child_sa, 1 + i, forth, !forth,
                {offer(i, !forth), payload(NoncePayload{nonce_of(i, forth)})});
        }
    }
    return *this;
}

Stage& Stage::esp(bool forth, unsigned count, std::size_t size, std::size_t child) {
    for (unsigned i = 0; i < count; ++i) {
        auto& outbound = forth ? children_[child].forth : children_[child].back;
        Bytes packet(size + 100);
        packet.resize(outbound->seal(echo(forth, size), esp::next_header_ipv4, packet));
        send(packet, forth);
        now_ += 99ms;
    }
    return *this;
}

Stage& Stage::pings(unsigned count, std::size_t child) {
    for (unsigned i = 0; i < count; ++i) esp(true, 1, 84, child).esp(false, 1, 84, child);
    return *this;
}

Stage& Stage::sequence(bool forth, std::uint64_t number, std::size_t child) {
    auto& outbound = forth ? children_[child].forth : children_[child].back;
    outbound->set_next_sequence(number);
    return *this;
}

KeyStore Stage::keys(Keys which) const {
    KeyStore store;
    if (which == Keys::none) return store;
    IkeKeyRecord record;
    record.spi_i = spi_i_;
    record.spi_r = spi_r_;
    record.suite = suite_;
    record.keys = keys_.clone();
    record.nonce_i = nonce_i_;
    record.nonce_r = nonce_r_;
    if (which == Keys::wrong) {
        record.keys.ei = SecretBytes{record.keys.ei.size()};
        record.keys.er = SecretBytes{record.keys.er.size()};
    }
    store.add(std::move(record));
    return store;
}

void Stage::feed(diagnose::Diagnoser& to, std::size_t index, const File& file, Keys which) const {
    const auto at = static_cast<diagnose::FileIndex>(index);
    if (which != Keys::none) to.keys_given(at);
    Tracker tracker{keys(which)};
    auto sorted = file;
    sort_stably(sorted, &Captured::time);
    std::uint64_t number = 0;
    const auto begun = sorted.empty() ? EpochTime{} : sorted.front().time;
    for (const auto& each : sorted) {
        const ByteView packet{each.packet};
        const auto kept = snap_ == 0 ? packet : packet.first(std::min(snap_, packet.size()));
        const auto since = between(begun, each.time);
        const auto time = index == 0 ? each.time : each.time + ahead_ + since / 1'000'000 * ppm_;
        for (int copy = 0; copy < (doubled_ ? 2 : 1); ++copy) {
            to.add(at, tracker.observe({++number, time + copy * 10us, LinkType::raw, kept,
                                        static_cast<std::uint32_t>(packet.size())}));
        }
    }
}

Said Stage::said(diagnose::Report report) {
    Said made;
    for (const auto& each : report.findings) {
        made.ids.emplace(each.id);
        if (each.severity != Severity::note) made.alarms.emplace(each.id);
    }
    made.findings = std::move(report.findings);
    return made;
}

Said Stage::diagnose_one(const File& file, Keys which) const {
    diagnose::Diagnoser diagnoser{1};
    feed(diagnoser, 0, file, which);
    return said(diagnoser.finish());
}

Said Stage::diagnose(Keys which) const {
    diagnose::Diagnoser diagnoser{2};
    feed(diagnoser, 0, client_file_, which);
    feed(diagnoser, 1, gateway_file_, which);
    return said(diagnoser.finish());
}

Stage& Stage::merge(const Stage& other) {
    client_file_.insert(client_file_.end(), other.client_file_.begin(), other.client_file_.end());
    gateway_file_.insert(gateway_file_.end(), other.gateway_file_.begin(), other.gateway_file_.end());
    return *this;
}

}  // namespace ike::testing
