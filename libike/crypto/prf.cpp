#include <optional>
#include <stdexcept>
#include <variant>

#include "libike/crypto/crypto.hpp"
#include "libike/crypto/openssl/block_mac.hpp"
#include "libike/crypto/openssl/hmac.hpp"

namespace ike::crypto {

bool supported(PrfId id) { return prf_size(id) != 0; }

std::size_t prf_size(PrfId id) {
    switch (id) {
        case PrfId::hmac_md5:
        case PrfId::aes128_xcbc:
        case PrfId::aes128_cmac:
            return 16;
        case PrfId::hmac_sha1:
            return 20;
        case PrfId::hmac_sha2_256:
            return 32;
        case PrfId::hmac_sha2_384:
            return 48;
        case PrfId::hmac_sha2_512:
            return 64;
        default:
            return 0;
    }
}

bool prf_has_fixed_key(PrfId id) { return id == PrfId::aes128_xcbc || id == PrfId::aes128_cmac; }

namespace {

/// RFC 4434 section 2: shorter keys are padded with zeros, longer ones MACed with a key of zeros.
BlockMac xcbc_prf(ByteView key) {
    Block sized{};
    if (key.size() <= sized.size()) {
        std::ranges::copy(key, sized.begin());
    } else {
        const ByteView parts[] = {key};
        BlockMac::xcbc(Block{}).sign(parts, sized.data());
    }
    auto mac = BlockMac::xcbc(sized);
    wipe(sized);
    return mac;
}

/// RFC 4615 section 3: any other length than 16 octets is MACed with a key of zeros.
BlockMac cmac_prf(ByteView key) {
    if (key.size() == Block{}.size()) return BlockMac::cmac(key);
    Block sized{};
    const ByteView parts[] = {key};
    BlockMac::cmac(Block{}).sign(parts, sized.data());
    auto mac = BlockMac::cmac(sized);
    wipe(sized);
    return mac;
}

using Keyed = std::variant<Hmac<Md5>, Hmac<Sha1>, Hmac<Sha256>, Hmac<Sha384>, Hmac<Sha512>, BlockMac>;

Keyed keyed(PrfId id, ByteView key) {
    switch (id) {
        case PrfId::hmac_md5:
            return Hmac<Md5>{key};
        case PrfId::hmac_sha1:
            return Hmac<Sha1>{key};
        case PrfId::hmac_sha2_256:
            return Hmac<Sha256>{key};
        case PrfId::hmac_sha2_384:
            return Hmac<Sha384>{key};
        case PrfId::hmac_sha2_512:
            return Hmac<Sha512>{key};
        case PrfId::aes128_xcbc:
            return xcbc_prf(key);
        case PrfId::aes128_cmac:
            return cmac_prf(key);
        default:
            throw std::logic_error{"prf(): not supported"};
    }
}

}  // namespace

SecretBytes prf(PrfId id, ByteView key, std::span<const ByteView> data) {
    auto mac = keyed(id, key);
    SecretBytes out{prf_size(id)};
    std::visit([&](auto& each) { each.sign(data, out.mutable_view().data()); }, mac);
    return out;
}

SecretBytes prf(PrfId id, ByteView key, ByteView data) {
    const ByteView parts[] = {data};
    return prf(id, key, parts);
}

SecretBytes prf_plus(PrfId id, ByteView key, ByteView seed, std::size_t size) {
    const auto each = prf_size(id);
    if (each == 0 || size > 255 * each) throw std::logic_error{"prf_plus(): not supported or too long"};
    auto mac = keyed(id, key);
    // T1 = prf(K, S | 0x01), Tn = prf(K, Tn-1 | S | n).
    SecretBytes blocks{(size + each - 1) / each * each};
    for (std::size_t at = 0, number = 1; at < size; at += each, ++number) {
        const auto count = static_cast<std::uint8_t>(number);
        const ByteView parts[] = {
            at == 0 ? ByteView{} : blocks.view().subspan(at - each, each), seed, {&count, 1}};
        std::visit([&](auto& with) { with.sign(parts, blocks.mutable_view().data() + at); }, mac);
    }
    return blocks.size() == size ? std::move(blocks) : blocks.slice(0, size);
}

}  // namespace ike::crypto
