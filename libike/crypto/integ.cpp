#include <fmt/format.h>

#include <cstring>
#include <variant>

#include "libike/crypto/crypto.hpp"
#include "libike/crypto/openssl/block_mac.hpp"
#include "libike/crypto/openssl/hmac.hpp"

namespace ike::crypto {

namespace {

struct Shape {
    std::size_t key = 0;
    std::size_t icv = 0;
};
Shape shape_of(IntegId id) {
    switch (id) {
        case IntegId::hmac_md5_96:
            return {16, 12};
        case IntegId::hmac_md5_128:
            return {16, 16};
        case IntegId::hmac_sha1_96:
            return {20, 12};
        case IntegId::hmac_sha1_160:
            return {20, 20};
        case IntegId::aes_xcbc_96:
        case IntegId::aes_cmac_96:
            return {16, 12};
        case IntegId::hmac_sha2_256_128:
            return {32, 16};
        case IntegId::hmac_sha2_384_192:
            return {48, 24};
        case IntegId::hmac_sha2_512_256:
            return {64, 32};
        default:
            return {};
    }
}

using Keyed = std::variant<Hmac<Md5>, Hmac<Sha1>, Hmac<Sha256>, Hmac<Sha384>, Hmac<Sha512>, BlockMac>;

Keyed keyed(IntegId id, ByteView key) {
    switch (id) {
        case IntegId::hmac_md5_96:
        case IntegId::hmac_md5_128:
            return Hmac<Md5>{key};
        case IntegId::hmac_sha1_96:
        case IntegId::hmac_sha1_160:
            return Hmac<Sha1>{key};
        case IntegId::aes_xcbc_96:
            return BlockMac::xcbc(key);
        case IntegId::aes_cmac_96:
            return BlockMac::cmac(key);
        case IntegId::hmac_sha2_384_192:
            return Hmac<Sha384>{key};
        case IntegId::hmac_sha2_512_256:
            return Hmac<Sha512>{key};
        default:
            return Hmac<Sha256>{key};
    }
}

}  // namespace

bool supported(IntegId id) { return shape_of(id).icv != 0; }
std::size_t integ_key_size(IntegId id) { return shape_of(id).key; }
std::size_t icv_size(IntegId id) { return shape_of(id).icv; }

struct Integrity::State {
    IntegId id;
    std::size_t icv;
    Keyed mac;
    std::array<std::uint8_t, 64> whole{};  ///< before truncation

    ByteView compute(std::span<const ByteView> parts) {
        std::visit([&](auto& each) { each.sign(parts, whole.data()); }, mac);
        return ByteView{whole}.first(icv);
    }
};

Integrity::Integrity(std::unique_ptr<State> state) : state_{std::move(state)} {}
Integrity::Integrity(Integrity&&) noexcept = default;
Integrity& Integrity::operator=(Integrity&&) noexcept = default;
Integrity::~Integrity() = default;

Result<Integrity> Integrity::create(IntegId id, ByteView key) {
    const auto shape = shape_of(id);
    if (shape.icv == 0) return failure(fmt::format("integrity: {} is not supported", to_string(id)));
    if (key.size() != shape.key) {
        return failure(fmt::format("integrity: {} takes a key of {} octets, not {}", to_string(id), shape.key,
                                   key.size()));
    }
    return Integrity{std::unique_ptr<State>{new State{id, shape.icv, keyed(id, key), {}}}};
}

std::size_t Integrity::icv_size() const { return state_->icv; }

bool Integrity::rekey(ByteView key) {
    if (key.size() != shape_of(state_->id).key) return false;
    std::visit(
        [&]<class T>(T& mac) {
            if constexpr (std::is_same_v<T, BlockMac>) {
                state_->mac = keyed(state_->id, key);
            } else {
                mac.rekey(key);
            }
        },
        state_->mac);
    return true;
}

void Integrity::sign(std::span<const ByteView> parts, MutableBytes icv) {
    const auto made = state_->compute(parts);
    std::memcpy(icv.data(), made.data(), std::min(icv.size(), made.size()));
}

bool Integrity::verify(std::span<const ByteView> parts, ByteView icv) {
    return equal_secret(state_->compute(parts), icv);
}

}  // namespace ike::crypto
