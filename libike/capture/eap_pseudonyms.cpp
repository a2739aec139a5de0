// EAP messages with pseudonyms: still of the same method, with the same fields.
#include "libike/capture/payload_pseudonyms.hpp"
#include "libike/registry/eap_type.hpp"

namespace ike {
namespace {

/// Goes over the octets of a message from the front: what stays, what becomes other octets, what becomes
/// other words.
class Rewriter {
public:
    Rewriter(MutableBytes rest, Pseudonyms& names) : rest_{rest}, names_{names} {}
    std::size_t left() const { return rest_.size(); }
    /// The octets as they were.
    ByteView keep(std::size_t count) { return take(count); }
    std::uint8_t keep_octet() { return rest_.empty() ? std::uint8_t{0} : keep(1)[0]; }
    void scramble(std::size_t count) {
        const auto part = take(count);
        put(part, names_.octets(part, "eap"));
    }
    void text(std::size_t count) {
        const auto part = take(count);
        put(part, text_pseudonym(part, names_));
    }

private:
    MutableBytes take(std::size_t count) {
        const auto taken = rest_.first(std::min(count, rest_.size()));
        rest_ = rest_.subspan(taken.size());
        return taken;
    }
    static void put(MutableBytes to, const Bytes& made) { std::ranges::copy(made, to.begin()); }
    MutableBytes rest_;
    Pseudonyms& names_;
};

std::size_t number(ByteView octets) {
    std::size_t value = 0;
    for (const auto octet : octets) value = value << 8 | octet;
    return value;
}

/// RFC 3748 section 5.4.
void md5_challenge(Rewriter& rest) {
    rest.scramble(rest.keep_octet());
    rest.text(rest.left());
}

/// Opcode, identifier and length; a challenge or response with its size, then a name; else a message.
void mschapv2(Rewriter& rest) {
    const auto opcode = rest.keep_octet();
    rest.keep(3);
    if (opcode == 1) {
        rest.scramble(rest.keep_octet());
        rest.text(rest.left());
    } else if (opcode == 2) {
        // RFC 2759 section 4: peer challenge, reserved, NT response, flags.
        rest.keep(1);
        rest.scramble(16);
        rest.keep(8);
        rest.scramble(24);
        rest.keep(1);
        rest.text(rest.left());
    } else if (opcode == 3 || opcode == 4) {
        rest.text(rest.left());
    } else {
        rest.scramble(rest.left());
    }
}

/// Handshake messages keep type and length, as long as those fit.
void tls_handshake(Rewriter& rest, std::size_t size) {
    while (size >= 4) {
        const auto length = number(rest.keep(4).subspan(1));
        size -= 4;
        const auto inside = std::min(length, size);
        rest.scramble(inside);
        size -= inside;
    }
    rest.scramble(size);
}

/// RFC 5216 section 3.1: flags, a length with flag L, records. Continued data has no records of its own.
void tls(Rewriter& rest) {
    constexpr std::uint8_t length_included = 0x80;
    constexpr std::uint8_t change_cipher_spec = 20, alert = 21, handshake = 22, application_data = 23;
    if ((rest.keep_octet() & length_included) != 0) rest.keep(4);
    while (rest.left() >= 5) {
        const auto head = rest.keep(5);
        const auto type = head[0];
        if (type < change_cipher_spec || type > application_data || head[1] != 3) break;
        const auto size = std::min(number(head.subspan(3)), rest.left());
        if (type == handshake) {
            tls_handshake(rest, size);
        } else if (type == alert || type == change_cipher_spec) {
            rest.keep(size);
        } else {
            rest.scramble(size);
        }
    }
    rest.scramble(rest.left());
}

/// RFC 4187 section 8.1: subtype, two reserved octets, attributes with their length in words of four octets.
/// A value begins with two octets that are reserved, or its length.
void aka(Rewriter& rest) {
    rest.keep(3);
    while (rest.left() >= 4) {
        const auto head = rest.keep(4);
        const std::size_t value = head[1] == 0 ? 0 : head[1] * std::size_t{4} - 4;
        switch (head[0]) {
            case 14:  // AT_IDENTITY
            case 23:  // AT_KDF_INPUT
                rest.text(value);
                break;
            case 12:  // AT_NOTIFICATION
            case 15:  // AT_VERSION_LIST
            case 16:  // AT_SELECTED_VERSION
            case 24:  // AT_KDF
                rest.keep(value);
                break;
            default:
                rest.scramble(value);
        }
    }
    rest.scramble(rest.left());
}

}  // namespace

void replace_eap(EapPayload& eap, Pseudonyms& names) {
    constexpr std::size_t header = 5;
    auto& message = eap.message;
    if (message.size() <= header) return;
    Rewriter rest{MutableBytes{message}.subspan(header), names};
    switch (static_cast<EapType>(message[4])) {
        case EapType::legacy_nak:
            return;
        case EapType::identity:
        case EapType::notification:
        case EapType::otp:
        case EapType::gtc:
            return rest.text(rest.left());
        case EapType::md5_challenge:
            return md5_challenge(rest);
        case EapType::ms_eap:
        case EapType::mschapv2:
            return mschapv2(rest);
        case EapType::tls:
        case EapType::ttls:
        case EapType::peap:
        case EapType::fast:
        case EapType::teap:
            return tls(rest);
        case EapType::sim:
        case EapType::aka:
        case EapType::aka_prime:
            return aka(rest);
        case EapType::expanded:
            rest.keep(7);  // vendor and vendor's type
            return rest.scramble(rest.left());
        default:
            return rest.scramble(rest.left());
    }
}

}  // namespace ike
