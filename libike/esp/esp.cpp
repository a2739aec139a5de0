#include "libike/esp/esp.hpp"

#include <fmt/format.h>

#include <cstring>
#include <limits>
#include <numeric>

namespace ike::esp {

namespace {

constexpr std::size_t header_size = 8;
constexpr std::size_t trailer_size = 2;  // pad length and next header

void put32(MutableBytes at, std::uint32_t value) {
    for (std::size_t i = 0; i < 4; ++i) at[i] = static_cast<std::uint8_t>(value >> (24 - 8 * i));
}
void put64(MutableBytes at, std::uint64_t value) {
    put32(at, static_cast<std::uint32_t>(value >> 32));
    put32(at.subspan(4), static_cast<std::uint32_t>(value));
}
std::uint32_t get32(ByteView at) {
    return std::uint32_t{at[0]} << 24 | std::uint32_t{at[1]} << 16 | std::uint32_t{at[2]} << 8 | at[3];
}

/// The keyed algorithms of one direction.
struct Algorithms {
    crypto::Cipher cipher;
    std::optional<crypto::Integrity> integrity;
};

Result<Algorithms> algorithms(const EspSuite& suite, ByteView encr_key, ByteView integ_key) {
    if (is_aead(suite.encr) && suite.integ != IntegId::none) {
        return failure(fmt::format("ESP: {} takes no integrity algorithm beside it", to_string(suite.encr)));
    }
    auto cipher = crypto::Cipher::create(suite.encr, suite.key_bits, encr_key);
    if (!cipher) return std::unexpected{std::move(cipher.error())};
    Algorithms made{std::move(*cipher), std::nullopt};
    if (suite.integ != IntegId::none) {
        auto integrity = crypto::Integrity::create(suite.integ, integ_key);
        if (!integrity) return std::unexpected{std::move(integrity.error())};
        made.integrity.emplace(std::move(*integrity));
    }
    return made;
}

/// What goes into an AEAD beside IV and text.
class AeadInput {
public:
    /// `packet` begins with SPI and sequence number and has its IV. The nonce's IV is the packet's, or the
    /// 64-bit sequence number where the transform leaves it out (RFC 8750 section 4).
    AeadInput(ByteView packet, const EspSuite& suite, std::size_t iv_size, std::uint64_t sequence) {
        // RFC 4106 section 5: SPI and sequence number, of 64 bits with ESN.
        std::ranges::copy(packet.first(4), octets_.begin());
        if (suite.esn) {
            put64(MutableBytes{octets_}.subspan(4), sequence);
            size_ = 12;
        } else {
            std::ranges::copy(packet.subspan(4, 4), octets_.begin() + 4);
        }
        iv_ = packet.subspan(header_size, iv_size);
        if (iv_size == 0) {
            put64(implicit_iv_, sequence);
            iv_ = implicit_iv_;
        }
        if (suite.encr == EncrId::null_auth_aes_gmac) {
            // RFC 4543 section 3.3: all but the ICV is authenticated, the IV too.
            std::ranges::copy(iv_, octets_.begin() + static_cast<std::ptrdiff_t>(size_));
            size_ += iv_.size();
        }
    }
    AeadInput(const AeadInput&) = delete;
    AeadInput& operator=(const AeadInput&) = delete;
    ByteView aad() const { return ByteView{octets_}.first(size_); }
    ByteView iv() const { return iv_; }

private:
    std::array<std::uint8_t, 28> octets_{};
    std::size_t size_ = 8;
    std::array<std::uint8_t, 8> implicit_iv_{};
    ByteView iv_;
};

/// The octets that a separate integrity algorithm covers: all before the ICV, and the high half of an ESN
/// (RFC 4303 section 2.2.1).
class Covered {
public:
    Covered(ByteView before_icv, bool esn, std::uint64_t sequence) : count_{esn ? 2u : 1u} {
        put32(high_, static_cast<std::uint32_t>(sequence >> 32));
        parts_ = {before_icv, ByteView{high_}};
    }
    Covered(const Covered&) = delete;
    Covered& operator=(const Covered&) = delete;
    std::span<const ByteView> parts() const { return std::span{parts_}.first(count_); }

private:
    std::array<std::uint8_t, 4> high_{};
    std::array<ByteView, 2> parts_;
    std::size_t count_;
};

}  // namespace

std::size_t Overhead::sealed_size(std::size_t inner) const {
    const auto text = (inner + trailer + alignment - 1) / alignment * alignment;
    return header + iv + text + icv;
}

std::size_t Overhead::inner_capacity(std::size_t sealed) const {
    const auto fixed = header + iv + icv;
    const auto text = sealed > fixed ? (sealed - fixed) / alignment * alignment : 0;
    return text > trailer ? text - trailer : 0;
}

Overhead overhead(const EspSuite& suite) {
    Overhead made;
    if (const auto shape = crypto::cipher_shape(suite.encr, suite.key_bits)) {
        made.iv = shape->iv;
        made.icv = shape->icv;
        // RFC 4303 section 2.4: whole blocks, and a trailer that ends on a 4-octet boundary.
        made.alignment = std::lcm(std::max<std::size_t>(shape->block, 1), std::size_t{4});
    }
    if (suite.integ != IntegId::none) {
        made.icv = crypto::icv_size(suite.integ);
    } else if (!is_aead(suite.encr)) {
        made.icv = suite.unchecked_icv;
    }
    return made;
}

// ---- Outbound
// ---------------------------------------------------------------------------------------------------

namespace {

/// A cipher for IVs that cannot be foretold: single blocks under a key of their own.
Result<std::optional<crypto::Cipher>> iv_cipher(std::uint32_t spi, const crypto::CipherShape& shape,
                                                ByteView encr_key) {
    if (shape.aead || shape.block == 1 || shape.iv == 0) return std::optional<crypto::Cipher>{};
    static constexpr std::string_view label = "ike-toolkit ESP CBC IV";
    auto text = to_bytes(label);
    text.resize(label.size() + 4);
    put32(MutableBytes{text}.subspan(label.size()), spi);
    const auto key = crypto::prf(PrfId::hmac_sha2_256, encr_key, text);
    auto cipher = crypto::Cipher::create(EncrId::aes_cbc, 256, key);
    if (!cipher) return std::unexpected{std::move(cipher.error())};
    return std::optional{std::move(*cipher)};
}

}  // namespace

Outbound::Outbound(std::uint32_t spi, EspSuite suite, crypto::Cipher cipher,
                   std::optional<crypto::Integrity> integrity, std::optional<crypto::Cipher> iv_cipher,
                   std::uint64_t first_sequence)
    : spi_{spi},
      suite_{std::move(suite)},
      overhead_{esp::overhead(suite_)},
      cipher_{std::move(cipher)},
      integrity_{std::move(integrity)},
      iv_cipher_{std::move(iv_cipher)},
      next_sequence_{first_sequence},
      next_iv_{first_sequence} {}

Result<Outbound> Outbound::create(std::uint32_t spi, const EspSuite& suite, ByteView encr_key,
                                  ByteView integ_key, std::uint64_t first_sequence) {
    if (suite.unchecked_icv != 0) return failure("ESP: an unchecked ICV is for reading only");
    auto made = algorithms(suite, encr_key, integ_key);
    if (!made) return std::unexpected{std::move(made.error())};
    auto ivs = iv_cipher(spi, made->cipher.shape(), encr_key);
    if (!ivs) return std::unexpected{std::move(ivs.error())};
    return Outbound{
        spi, suite, std::move(made->cipher), std::move(made->integrity), std::move(*ivs), first_sequence};
}

void Outbound::write_iv(MutableBytes iv) {
    const auto number = next_iv_++;
    if (!iv_cipher_) {
        // RFC 4106 section 3.1, RFC 3686 section 3.1: any value that does not repeat.
        if (iv.size() == 8) put64(iv, number);
        return;
    }
    std::array<std::uint8_t, 16> block{};
    static constexpr std::array<std::uint8_t, 16> zero{};
    put64(MutableBytes{block}.last(8), number);
    iv_cipher_->encrypt(zero, block);
    std::ranges::copy(ByteView{block}.first(iv.size()), iv.begin());
}

std::size_t Outbound::seal(ByteView payload, std::uint8_t next_header, MutableBytes out, std::size_t tfc) {
    const auto last = suite_.esn ? std::numeric_limits<std::uint64_t>::max() - 1
                                 : std::numeric_limits<std::uint32_t>::max();
    const auto inner = payload.size() + tfc;
    const auto size = overhead_.sealed_size(inner);
    if (next_sequence_ > last || size > out.size()) return 0;
    const auto packet = out.first(size);
    const auto text = packet.subspan(payload_offset(), size - payload_offset() - overhead_.icv);
    if (!payload.empty() && payload.data() != text.data())
        std::memmove(text.data(), payload.data(), payload.size());
    if (tfc > 0) std::memset(text.data() + payload.size(), 0, tfc);
    // RFC 4303 section 2.4: padding octets 1, 2, 3, ...
    const auto padding = text.size() - inner - trailer_size;
    for (std::size_t i = 0; i < padding; ++i) text[inner + i] = static_cast<std::uint8_t>(i + 1);
    text[inner + padding] = static_cast<std::uint8_t>(padding);
    text[inner + padding + 1] = next_header;

    const auto sequence = next_sequence_++;
    put32(packet, spi_);
    put32(packet.subspan(4), static_cast<std::uint32_t>(sequence));
    const auto iv = packet.subspan(header_size, overhead_.iv);
    write_iv(iv);
    const auto icv = packet.last(overhead_.icv);
    if (cipher_.shape().aead) {
        const AeadInput input{packet, suite_, iv.size(), sequence};
        cipher_.seal(input.iv(), input.aad(), text, icv);
        return size;
    }
    cipher_.encrypt(iv, text);
    if (integrity_) {
        const Covered covered{packet.first(size - icv.size()), suite_.esn, sequence};
        integrity_->sign(covered.parts(), icv);
    }
    return size;
}

// ---- Inbound
// ----------------------------------------------------------------------------------------------------

namespace {

/// What a plaintext of `size` octets says that begins with `start` and ends with `end`.
std::expected<Opened, OpenFailure> read_plaintext(ByteView start, std::size_t size,
                                                  std::span<const std::uint8_t, trailer_size> end,
                                                  std::uint64_t sequence) {
    const std::size_t padding = end[0];
    if (padding + trailer_size > size) return std::unexpected{OpenFailure::padding};
    const auto payload = size - trailer_size - padding;
    return Opened{start.first(std::min(start.size(), payload)), end[1], sequence, padding, payload};
}

}  // namespace

std::string_view to_string(OpenFailure failure) {
    switch (failure) {
        case OpenFailure::truncated:
            return "truncated";
        case OpenFailure::replayed:
            return "replayed";
        case OpenFailure::too_old:
            return "too old";
        case OpenFailure::integrity:
            return "integrity check failed";
        case OpenFailure::padding:
            return "impossible pad length";
    }
    return "unknown";
}

Inbound::Inbound(std::uint32_t spi, EspSuite suite, crypto::Cipher cipher,
                 std::optional<crypto::Integrity> integrity, std::size_t window)
    : spi_{spi},
      suite_{std::move(suite)},
      overhead_{esp::overhead(suite_)},
      cipher_{std::move(cipher)},
      integrity_{std::move(integrity)},
      window_{window, suite_.esn} {}

Result<Inbound> Inbound::create(std::uint32_t spi, const EspSuite& suite, ByteView encr_key,
                                ByteView integ_key, std::size_t window) {
    auto made = algorithms(suite, encr_key, integ_key);
    if (!made) return std::unexpected{std::move(made.error())};
    return Inbound{spi, suite, std::move(made->cipher), std::move(made->integrity), window};
}

std::expected<Opened, OpenFailure> Inbound::open(MutableBytes packet) {
    if (packet.size() < header_size) return std::unexpected{OpenFailure::truncated};
    const auto sequence = window_.full_sequence(get32(packet.subspan(4)));
    switch (window_.check(sequence)) {
        case ReplayWindow::Verdict::replayed:
            return std::unexpected{OpenFailure::replayed};
        case ReplayWindow::Verdict::too_old:
            return std::unexpected{OpenFailure::too_old};
        case ReplayWindow::Verdict::fresh:
            break;
    }
    auto opened = open_at(packet, static_cast<std::uint32_t>(sequence >> 32));
    // An authentic packet counts as received even where its padding makes no sense.
    if (opened || opened.error() == OpenFailure::padding) window_.update(sequence);
    return opened;
}

std::expected<Opened, OpenFailure> Inbound::open_at(MutableBytes packet, std::uint32_t sequence_high) {
    const auto text_at = header_size + overhead_.iv;
    if (packet.size() < text_at + trailer_size + overhead_.icv)
        return std::unexpected{OpenFailure::truncated};
    const auto text = packet.subspan(text_at, packet.size() - text_at - overhead_.icv);
    if (text.size() % cipher_.shape().block != 0) return std::unexpected{OpenFailure::truncated};
    const auto sequence = std::uint64_t{suite_.esn ? sequence_high : 0} << 32 | get32(packet.subspan(4));
    const auto icv = packet.last(overhead_.icv);
    if (cipher_.shape().aead) {
        const AeadInput input{packet, suite_, overhead_.iv, sequence};
        if (!cipher_.open(input.iv(), input.aad(), text, icv)) return std::unexpected{OpenFailure::integrity};
    } else {
        if (integrity_) {
            const Covered covered{packet.first(packet.size() - icv.size()), suite_.esn, sequence};
            if (!integrity_->verify(covered.parts(), icv)) return std::unexpected{OpenFailure::integrity};
        }
        cipher_.decrypt(packet.subspan(header_size, overhead_.iv), text);
    }
    return read_plaintext(text, text.size(), text.last<trailer_size>(), sequence);
}

// ---- Glimpser
// ---------------------------------------------------------------------------------------------------

std::optional<Glimpser> Glimpser::create(const EspSuite& suite, ByteView encr_key) {
    if (suite.integ != IntegId::none) return std::nullopt;
    auto cipher = crypto::Glimpse::create(suite.encr, suite.key_bits, encr_key);
    if (!cipher) return std::nullopt;
    return Glimpser{suite, std::move(*cipher)};
}

std::optional<std::expected<Opened, OpenFailure>> Glimpser::open_at(ByteView packet,
                                                                    std::uint32_t sequence_high,
                                                                    std::span<std::uint8_t, head> start) {
    const auto text_at = header_size + overhead_.iv;
    const auto around = text_at + overhead_.icv;
    if (packet.size() < around + crypto::Glimpse::least || packet.size() > around + crypto::Glimpse::most)
        return std::nullopt;
    const auto text = packet.subspan(text_at, packet.size() - around);
    const auto sequence = std::uint64_t{suite_.esn ? sequence_high : 0} << 32 | get32(packet.subspan(4));
    const AeadInput input{packet, suite_, overhead_.iv, sequence};
    std::array<std::uint8_t, trailer_size> end{};
    if (!cipher_.open(input.iv(), input.aad(), text, packet.last(overhead_.icv), start, end))
        return std::unexpected{OpenFailure::integrity};
    return read_plaintext(start, text.size(), end, sequence);
}

Sort sort_port_4500(ByteView octets) {
    // RFC 3948 sections 2.2 and 2.3: four zero octets where ESP has its SPI, or the single octet 0xFF.
    if (octets.size() == 1 && octets[0] == 0xff) return Sort::keepalive;
    if (octets.size() < 4) return Sort::too_short;
    if (get32(octets) == 0) return Sort::ike;
    return octets.size() < header_size ? Sort::too_short : Sort::esp;
}

}  // namespace ike::esp
