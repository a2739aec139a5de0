#include "libike/capture/pseudonyms.hpp"

#include "libike/crypto/crypto.hpp"

namespace ike {
namespace {

constexpr std::size_t most_addresses = 200'000;
constexpr std::size_t longest_stream = 255 * 32;  // of prf+ with SHA-256

ByteView characters(std::string_view text) {
    return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

struct Network {
    std::array<std::uint8_t, 4> octets;
    unsigned bits;
};
/// "IANA IPv4 Special-Purpose Address Registry": networks whose addresses say what they are for.
constexpr Network special[] = {
    {{0, 0, 0, 0}, 8},      {{10, 0, 0, 0}, 8},    {{100, 64, 0, 0}, 10},   {{127, 0, 0, 0}, 8},
    {{169, 254, 0, 0}, 16}, {{172, 16, 0, 0}, 12}, {{192, 0, 0, 0}, 24},    {{192, 0, 2, 0}, 24},
    {{192, 168, 0, 0}, 16}, {{198, 18, 0, 0}, 15}, {{198, 51, 100, 0}, 24}, {{203, 0, 113, 0}, 24},
    {{224, 0, 0, 0}, 4},    {{240, 0, 0, 0}, 4},
};

bool bit(ByteView octets, unsigned at) { return (octets[at / 8] >> (7 - at % 8) & 1) != 0; }
bool in(ByteView octets, const Network& network) {
    for (unsigned i = 0; i < network.bits; ++i) {
        if (bit(octets, i) != bit(network.octets, i)) return false;
    }
    return true;
}

/// How many bits stay.
unsigned kept_bits(const Address& address) {
    const auto octets = address.octets();
    if (address.is_v6()) {
        const bool meaningful = address.is_unspecified() || address.is_loopback() || octets[0] == 0xff;
        const bool documentation =
            octets[0] == 0x20 && octets[1] == 1 && octets[2] == 0x0d && octets[3] == 0xb8;
        return meaningful ? 128 : documentation ? 32 : 16;
    }
    if (address.is_unspecified() || address.is_loopback() || octets[0] >= 224) return 32;
    for (const auto& network : special) {
        if (in(octets, network)) return network.bits;
    }
    return 8;
}

}  // namespace

std::uint64_t Pseudonyms::digest(ByteView octets, std::string_view purpose) {
    const std::array<ByteView, 2> parts{characters(purpose), octets};
    const auto value = crypto::prf(PrfId::hmac_sha2_256, key_, parts);
    return Reader{value.view()}.number<std::uint64_t>("digest");
}

SecretBytes Pseudonyms::secret(ByteView secret, std::string_view purpose) {
    const std::array<ByteView, 2> parts{characters(purpose), secret};
    const auto seed = crypto::prf(PrfId::hmac_sha2_256, key_, parts);
    SecretBytes all{secret.size()};
    for (std::size_t at = 0; at < all.size(); at += longest_stream) {
        const auto size = std::min(longest_stream, all.size() - at);
        const auto block = Writer{}.number(static_cast<std::uint64_t>(at)).take();
        const auto stream = crypto::prf_plus(PrfId::hmac_sha2_256, seed, block, size);
        std::ranges::copy(stream.view(), all.mutable_view().begin() + static_cast<std::ptrdiff_t>(at));
    }
    return all;
}

Bytes Pseudonyms::octets(ByteView octets, std::string_view purpose) {
    return to_bytes(secret(octets, purpose).view());
}

Address Pseudonyms::address(const Address& address) {
    if (const auto known = addresses_.find(address); known != addresses_.end()) return known->second;
    auto octets = to_bytes(address.octets());
    const auto bits = static_cast<unsigned>(octets.size() * 8);
    // Each bit is turned or not by what all bits before it are: equal prefixes stay equal.
    auto prefix = Bytes(octets.size());
    for (unsigned i = 0; i < bits; ++i) {
        const auto mask = static_cast<std::uint8_t>(0x80 >> i % 8);
        if (i >= kept_bits(address)) {
            const auto seed = concat(prefix, Bytes{static_cast<std::uint8_t>(i)});
            // The last bit always, so that no address stays what it is.
            if (i + 1 == bits || (digest(seed, "address") & 1) != 0) octets[i / 8] ^= mask;
        }
        if (bit(address.octets(), i)) prefix[i / 8] |= mask;
    }
    if (addresses_.size() >= most_addresses) addresses_.clear();
    return addresses_[address] = *Address::from_octets(octets);
}

Address Pseudonyms::network(const Address& network, unsigned bits) {
    auto octets = to_bytes(address(network).octets());
    for (unsigned i = bits; i < octets.size() * 8; ++i) {
        const auto mask = static_cast<std::uint8_t>(0x80 >> i % 8);
        octets[i / 8] = static_cast<std::uint8_t>((octets[i / 8] & ~mask) |
                                                  (bit(network.octets(), i) ? mask : std::uint8_t{0}));
    }
    return *Address::from_octets(octets);
}

}  // namespace ike
