// RFC 2759 section 8 and RFC 3079 section 3.
#include <algorithm>

#include "libike/crypto/crypto.hpp"
#include "libike/crypto/legacy.hpp"
#include "libike/eap/mschapv2.hpp"

namespace ike::eap {
namespace {

/// The octets of a constant text, without a terminator.
template <std::size_t size>
ByteView literal(const char (&text)[size]) {
    return {reinterpret_cast<const std::uint8_t*>(text), size - 1};
}

/// How many octets of UTF-8 one character takes, by its first; 1 for what is none.
std::size_t utf8_size(std::uint8_t first) {
    if (first >= 0xf0 && first < 0xf8) return 4;
    if (first >= 0xe0 && first < 0xf0) return 3;
    if (first >= 0xc0 && first < 0xe0) return 2;
    return 1;
}
std::uint32_t take_character(ByteView& text) {
    const auto first = text.front();
    const auto size = utf8_size(first);
    const auto follows = [](std::uint8_t octet) { return (octet & 0xc0) == 0x80; };
    if (size == 1 || size > text.size() || !std::ranges::all_of(text.subspan(1, size - 1), follows)) {
        text = text.subspan(1);
        return first;
    }
    std::uint32_t value = first & (0xffu >> (size + 1));
    for (const auto octet : text.subspan(1, size - 1)) value = value << 6 | (octet & 0x3f);
    text = text.subspan(size);
    return value;
}
SecretBytes utf16le(ByteView text) {
    SecretBytes out{text.size() * 2};  // no character takes more than twice its UTF-8
    std::size_t used = 0;
    const auto put = [&](std::uint32_t unit) {
        out.mutable_view()[used++] = static_cast<std::uint8_t>(unit);
        out.mutable_view()[used++] = static_cast<std::uint8_t>(unit >> 8);
    };
    while (!text.empty()) {
        const auto value = take_character(text);
        if (value < 0x10000) {
            put(value);
        } else {
            put(0xd800 + ((value - 0x10000) >> 10 & 0x3ff));
            put(0xdc00 + (value & 0x3ff));
        }
    }
    return out.slice(0, used);
}

std::string_view without_domain(std::string_view user) {
    const auto at = user.rfind('\\');
    return at == std::string_view::npos ? user : user.substr(at + 1);
}

SecretBytes sha1_of(std::initializer_list<ByteView> parts) {
    return SecretBytes{crypto::sha1(std::span{parts.begin(), parts.size()})};
}

/// GetAsymmetricStartKey, RFC 3079 section 3.4, for 128 bits.
SecretBytes start_key(ByteView master, ByteView magic) {
    constexpr std::size_t pad_size = 40;
    const Bytes pad1(pad_size, 0x00), pad2(pad_size, 0xf2);
    return sha1_of({master, pad1, magic, pad2}).slice(0, 16);
}

}  // namespace

SecretBytes nt_password_hash(ByteView password) {
    const auto wide = utf16le(password);
    const ByteView parts[] = {wide};
    return SecretBytes{crypto::md4(parts)};
}

std::array<std::uint8_t, 8> challenge_hash(const MschapExchange& exchange) {
    const auto user = to_bytes(without_domain(exchange.user));
    const ByteView parts[] = {exchange.peer, exchange.authenticator, user};
    const auto whole = crypto::sha1(parts);
    std::array<std::uint8_t, 8> hash{};
    std::copy_n(whole.begin(), hash.size(), hash.begin());
    return hash;
}

NtResponse nt_response(const MschapExchange& exchange, ByteView password_hash) {
    const auto challenge = challenge_hash(exchange);
    // Section 8.5: the hash with zeros up to 21 octets is three keys.
    SecretBytes keys{21};
    std::ranges::copy(password_hash, keys.mutable_view().begin());
    NtResponse response{};
    for (std::size_t i = 0; i < 3; ++i) {
        const auto block = crypto::des_encrypt(keys.view().subspan(7 * i).first<7>(), challenge);
        std::ranges::copy(block, response.begin() + static_cast<std::ptrdiff_t>(8 * i));
    }
    return response;
}

std::string authenticator_response(const MschapExchange& exchange, ByteView password_hash,
                                   const NtResponse& response) {
    const ByteView hash_parts[] = {password_hash};
    const auto hash_hash = crypto::md4(hash_parts);
    const auto first = sha1_of({hash_hash, response, literal("Magic server to client signing constant")});
    const auto second =
        sha1_of({first, challenge_hash(exchange), literal("Pad to make it do more than one iteration")});
    auto text = hex(second);
    std::ranges::transform(text, text.begin(), [](char c) {
        return c >= 'a' && c <= 'f' ? static_cast<char>(c - 'a' + 'A') : c;
    });
    return "S=" + text;
}

SecretBytes mschap_master_key(ByteView password_hash, const NtResponse& response) {
    const ByteView hash_parts[] = {password_hash};
    const SecretBytes hash_hash{crypto::md4(hash_parts)};
    return sha1_of({hash_hash, response, literal("This is the MPPE Master Key")}).slice(0, 16);
}

SecretBytes mschap_msk(ByteView password_hash, const NtResponse& response) {
    const auto master = mschap_master_key(password_hash, response);
    // Seen from the client: what it sends with, the server receives with.
    const auto send = start_key(
        master,
        literal("On the client side, this is the send key; on the server side, it is the receive key."));
    const auto receive = start_key(
        master,
        literal("On the client side, this is the receive key; on the server side, it is the send key."));
    SecretBytes msk{64};
    std::ranges::copy(send.view(), msk.mutable_view().begin());
    std::ranges::copy(receive.view(), msk.mutable_view().begin() + 16);
    return msk;
}

}  // namespace ike::eap
