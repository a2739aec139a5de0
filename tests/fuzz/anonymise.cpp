// What --anonymise rewrites: the first octet is the type of a chain's first payload, or 0 for an IKEv1
// message, 254 for an ICMP error, 255 for an inner packet.
#include <cstdlib>

#include "libike/capture/payload_pseudonyms.hpp"

using namespace ike;

namespace {

void must(bool condition) {
    if (!condition) std::abort();
}

Pseudonyms names() {
    return Pseudonyms{SecretBytes{ByteView{reinterpret_cast<const std::uint8_t*>("fuzz"), 4}}};
}

/// The same payloads, of the same sizes, and the same again from the same key.
void rewrite_chain(PayloadType first, ByteView octets) {
    const auto chain = read_chain(first, octets);
    const std::array<Endpoint, 1> endpoints{Endpoint{*Address::parse("192.0.2.1"), 500}};
    const NatContext nat{1, 2, endpoints};
    auto one = names(), other = names();
    const auto made = with_pseudonyms(chain.payloads, nat, one);
    const auto again = with_pseudonyms(chain.payloads, nat, other);
    must(made.size() == chain.payloads.size());
    Message before, after, twice;
    before.payloads = chain.payloads;
    after.payloads = made;
    twice.payloads = again;
    const auto octets_after = write_message(after);
    must(octets_after.size() == write_message(before).size());
    must(equal(octets_after, write_message(twice)));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) return 0;
    const ByteView octets{data + 1, size - 1};
    auto pseudonyms = names();
    auto packet = to_bytes(octets);
    switch (data[0]) {
        case 0:
            must(anonymise_version1(octets, pseudonyms).size() == size - 1);
            break;
        case 254:
            must(anonymise_icmp(octets, false, pseudonyms).size() <= size - 1);
            must(anonymise_icmp(octets, true, pseudonyms).size() <= size - 1);
            break;
        case 255:
            (void)anonymise_packet(packet, pseudonyms);
            (void)anonymise_addresses(packet, pseudonyms);
            anonymise_transport(packet, octets[0], *Address::parse("192.0.2.1"), *Address::parse("192.0.2.2"),
                                pseudonyms);
            break;
        default:
            rewrite_chain(PayloadType{data[0]}, octets);
    }
    return 0;
}
