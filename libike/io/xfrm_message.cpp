#include "libike/io/xfrm_message.hpp"

#include <fmt/format.h>

#include <cstring>

#include "libike/io/socket_address.hpp"

namespace ike::io {

namespace {

struct CipherName {
    EncrId id;
    std::string_view name;
    unsigned icv_bits;  ///< of an AEAD; 0: none
};
// The kernel's names, of crypto/ and net/xfrm/xfrm_algo.c.
constexpr CipherName cipher_names[] = {
    {EncrId::aes_gcm_8, "rfc4106(gcm(aes))", 64},
    {EncrId::aes_gcm_12, "rfc4106(gcm(aes))", 96},
    {EncrId::aes_gcm_16, "rfc4106(gcm(aes))", 128},
    {EncrId::aes_ccm_8, "rfc4309(ccm(aes))", 64},
    {EncrId::aes_ccm_12, "rfc4309(ccm(aes))", 96},
    {EncrId::aes_ccm_16, "rfc4309(ccm(aes))", 128},
    {EncrId::chacha20_poly1305, "rfc7539esp(chacha20,poly1305)", 128},
    {EncrId::aes_cbc, "cbc(aes)", 0},
    {EncrId::aes_ctr, "rfc3686(ctr(aes))", 0},
    {EncrId::camellia_cbc, "cbc(camellia)", 0},
    {EncrId::triple_des, "cbc(des3_ede)", 0},
    {EncrId::null_encr, "ecb(cipher_null)", 0},
};
struct IntegName {
    IntegId id;
    std::string_view name;
    unsigned icv_bits;
};
constexpr IntegName integ_names[] = {
    {IntegId::hmac_sha1_96, "hmac(sha1)", 96},         {IntegId::hmac_sha2_256_128, "hmac(sha256)", 128},
    {IntegId::hmac_sha2_384_192, "hmac(sha384)", 192}, {IntegId::hmac_sha2_512_256, "hmac(sha512)", 256},
    {IntegId::aes_xcbc_96, "xcbc(aes)", 96},           {IntegId::aes_cmac_96, "cmac(aes)", 96},
};

/// A fixed header with the algorithm's name, then the key.
template <class Head>
void put_algorithm(NetlinkMessage& message, std::uint16_t attribute, Head head, std::string_view name,
                   ByteView key) {
    std::memcpy(head.alg_name, name.data(), std::min(name.size(), sizeof head.alg_name - 1));
    head.alg_key_len = static_cast<unsigned>(key.size() * 8);
    SecretBytes octets{sizeof head + key.size()};
    std::memcpy(octets.mutable_view().data(), &head, sizeof head);
    std::ranges::copy(key, octets.mutable_view().subspan(sizeof head).begin());
    message.put(attribute, octets);
}

std::uint16_t port_mask(const TrafficSelector& selector) {
    return selector.start_port == selector.end_port ? 0xffff : 0;
}

}  // namespace

xfrm_address_t xfrm_address(const Address& address) {
    xfrm_address_t made{};
    std::memcpy(&made, address.octets().data(), address.octets().size());
    return made;
}

xfrm_lifetime_cfg no_limits() {
    xfrm_lifetime_cfg limits{};
    limits.soft_byte_limit = limits.hard_byte_limit = XFRM_INF;
    limits.soft_packet_limit = limits.hard_packet_limit = XFRM_INF;
    return limits;
}

Result<bool> put_algorithms(NetlinkMessage& message, const EspSuite& suite, ByteView encr_key,
                            ByteView integ_key) {
    const auto* cipher = std::ranges::find(cipher_names, suite.encr, &CipherName::id);
    if (cipher == std::end(cipher_names))
        return failure(fmt::format("the kernel has no name for {}", to_string(suite)),
                       "choose another --esp-proposal, or ESP in user space");
    if (cipher->icv_bits != 0) {
        xfrm_algo_aead aead{};
        aead.alg_icv_len = cipher->icv_bits;
        put_algorithm(message, XFRMA_ALG_AEAD, aead, cipher->name, encr_key);
        return true;
    }
    put_algorithm(message, XFRMA_ALG_CRYPT, xfrm_algo{}, cipher->name, encr_key);
    const auto* integ = std::ranges::find(integ_names, suite.integ, &IntegName::id);
    if (integ == std::end(integ_names))
        return failure(fmt::format("the kernel has no name for {}", to_string(suite)),
                       "choose another --esp-proposal, or ESP in user space");
    xfrm_algo_auth auth{};
    auth.alg_trunc_len = integ->icv_bits;
    put_algorithm(message, XFRMA_ALG_AUTH_TRUNC, auth, integ->name, integ_key);
    return true;
}

xfrm_selector xfrm_selector_of(const Prefix& source, const TrafficSelector& from, const Prefix& destination,
                               const TrafficSelector& to) {
    xfrm_selector selector{};
    selector.family = static_cast<std::uint16_t>(family_of(source.address));
    selector.saddr = xfrm_address(source.address);
    selector.daddr = xfrm_address(destination.address);
    selector.prefixlen_s = source.length;
    selector.prefixlen_d = destination.length;
    selector.proto = from.protocol != 0 ? from.protocol : to.protocol;
    selector.sport_mask = htons(port_mask(from));
    selector.dport_mask = htons(port_mask(to));
    if (selector.sport_mask != 0) selector.sport = htons(from.start_port);
    if (selector.dport_mask != 0) selector.dport = htons(to.start_port);
    return selector;
}

}  // namespace ike::io
