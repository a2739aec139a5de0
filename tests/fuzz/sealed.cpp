// What an authenticated peer may put into SK, SKF and ESP, and what a stranger may send in their place. The
// first octet says which; sealed here, so that the fuzzer gets behind the ICV.
#include <cstdlib>

#include "libike/esp/esp.hpp"
#include "libike/sa/sealed.hpp"
#include "libike/sa/traffic_selectors.hpp"

namespace {

using namespace ike;

SkProtection protection() {
    IkeSuite suite;
    suite.encr = EncrId::null_encr;
    suite.integ = IntegId::hmac_sha1_96;
    return SkProtection::create(suite, {}, Bytes(20)).value();
}
EspSuite esp_suite_with(EncrId encr) {
    EspSuite suite;
    suite.encr = encr;
    suite.key_bits = encr == EncrId::null_encr ? 0 : 128;
    suite.integ = IntegId::hmac_sha1_96;
    return suite;
}

void content(std::uint8_t first, ByteView octets) {
    static auto sender = protection(), receiver = protection();
    SeededRng rng{1};
    Header header;
    header.initiator_spi = 1;
    header.exchange = ExchangeType::informational;
    if (octets.size() > 60000) return;
    const auto datagram = sender.seal_content(header, PayloadType{first}, octets, rng);
    const auto opened = receiver.open(datagram);
    if (!opened || !equal(*opened, octets)) std::abort();
    static_cast<void>(receiver.open_message(datagram));
}

void stranger(ByteView datagram) {
    static auto receiver = protection();
    static_cast<void>(receiver.open_message(datagram));
    static_cast<void>(receiver.open_unverified(datagram));
}

void fragments(ByteView octets) {
    FragmentCollector collector;
    std::size_t held = 0;
    for (Reader in{octets}; in.remaining() >= 6;) {
        SkfPayload fragment;
        fragment.number = in.number<std::uint8_t>("number");
        fragment.total = in.number<std::uint8_t>("total");
        fragment.first = in.code<PayloadType>("first");
        const auto size = in.number<std::uint16_t>("size") * 4u;
        if (const auto whole = collector.add(fragment, SecretBytes{size})) held = whole->content.size();
        if (held > 128 * 1024 || collector.missing() > 64) std::abort();
    }
}

void esp_packet(EncrId encr, ByteView octets) {
    static const Bytes key(16), integ(20);
    auto inbound =
        esp::Inbound::create(1, esp_suite_with(encr), encr == EncrId::null_encr ? ByteView{} : key, integ)
            .value();
    auto packet = to_bytes(octets);
    if (const auto opened = inbound.open(packet)) static_cast<void>(packet_fields(opened->payload));
    static_cast<void>(esp::sort_port_4500(octets));
    static_cast<void>(packet_fields(octets));
    // The same octets behind a right ICV.
    auto mac = crypto::Integrity::create(IntegId::hmac_sha1_96, integ).value();
    packet = to_bytes(octets);
    packet.resize(packet.size() + 12);
    const ByteView parts[] = {octets};
    mac.sign(parts, MutableBytes{packet}.last(12));
    if (const auto opened = inbound.open(packet)) static_cast<void>(packet_fields(opened->payload));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) return 0;
    const ByteView octets{data + 2, size - 2};
    switch (data[0]) {
        case 'c':
            content(data[1], octets);
            break;
        case 's':
            stranger(octets);
            break;
        case 'f':
            fragments(octets);
            break;
        case 'e':
            esp_packet(data[1] % 2 == 0 ? EncrId::null_encr : EncrId::aes_cbc, octets);
            break;
        default:
            break;
    }
    return 0;
}
