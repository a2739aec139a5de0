#include "libike/sa/sealed.hpp"

#include <fmt/format.h>

namespace ike {

std::string to_string(const OpenError& error) {
    const auto* what = [&] {
        switch (error.kind) {
            case OpenError::Kind::no_sk:
                return "no encrypted payload";
            case OpenError::Kind::outer:
                return "unreadable around the encrypted payload";
            case OpenError::Kind::truncated:
                return "encrypted payload too short";
            case OpenError::Kind::integrity:
                return "integrity check failed";
            case OpenError::Kind::padding:
                return "impossible pad length";
            case OpenError::Kind::malformed:
                return "malformed content";
        }
        return "unknown";
    }();
    return error.wire ? fmt::format("{}: {}", what, to_string(*error.wire)) : what;
}

namespace {

constexpr std::size_t generic_header_size = 4;
constexpr std::size_t fragment_fields_size = 4;

std::unexpected<OpenError> refuse(OpenError::Kind kind, std::optional<WireError> wire = {}) {
    return std::unexpected{OpenError{kind, wire}};
}

/// Where the SK or SKF payload of a datagram is.
struct Found {
    PayloadType type{};
    PayloadType first{};
    std::size_t data = 0;  ///< offset of the IV
    bool is_whole = true;  ///< not one of several fragments
};

/// Walks the generic headers only; nothing is authentic yet. The encrypted payload must be the last (RFC 7296
/// section 3.14).
std::expected<Found, OpenError> find_encrypted(ByteView datagram) {
    const auto header = read_header(datagram);
    if (!header) return refuse(OpenError::Kind::outer, header.error());
    if (header->length != datagram.size()) {
        const auto kind =
            header->length > datagram.size() ? WireError::Kind::truncated : WireError::Kind::trailing;
        return refuse(OpenError::Kind::outer, WireError{kind, 24, "length"});
    }
    Reader in{datagram.subspan(ike_header_size), ike_header_size};
    for (auto type = header->next; type != PayloadType::none;) {
        const auto at = in.offset();
        const auto next = in.code<PayloadType>("next payload");
        in.take(1, "payload flags");
        const auto length = in.number<std::uint16_t>("payload length");
        if (!in.failed() && length < generic_header_size) {
            in.fail({WireError::Kind::value, at + 2, "payload length"});
        }
        auto body = in.child(in.failed() ? 0 : length - generic_header_size, "payload");
        if (in.failed()) return refuse(OpenError::Kind::outer, in.error());
        if (type != PayloadType::sk && type != PayloadType::skf) {
            type = next;
            continue;
        }
        if (in.remaining() > 0) {
            return refuse(OpenError::Kind::outer, WireError{WireError::Kind::trailing, in.offset(), "end"});
        }
        Found found{type, next, body.offset()};
        if (type == PayloadType::skf) {
            body.number<std::uint16_t>("fragment number");
            found.is_whole = body.number<std::uint16_t>("total fragments") == 1;
            if (body.failed()) return refuse(OpenError::Kind::outer, body.error());
            found.data = body.offset();
        }
        return found;
    }
    return refuse(OpenError::Kind::no_sk);
}

}  // namespace

SkProtection::SkProtection(IkeSuite suite, crypto::Cipher cipher, std::optional<crypto::Integrity> integrity)
    : suite_{std::move(suite)}, cipher_{std::move(cipher)}, integrity_{std::move(integrity)} {}

Result<SkProtection> SkProtection::create(const IkeSuite& suite, ByteView encr_key, ByteView integ_key) {
    const auto shape = crypto::cipher_shape(suite.encr, suite.key_bits);
    if (!shape) return failure(fmt::format("protect an IKE SA: {} is not supported", to_string(suite.encr)));
    // RFC 8750 section 4 and RFC 4543 section 3: implicit IVs and GMAC are for ESP.
    if ((shape->aead && shape->iv == 0) || suite.encr == EncrId::null_auth_aes_gmac) {
        return failure(fmt::format("protect an IKE SA: {} is for ESP only", to_string(suite.encr)));
    }
    if (shape->aead != (suite.integ == IntegId::none)) {
        return failure(fmt::format("protect an IKE SA: {} does not go with integrity {}",
                                   to_string(suite.encr), to_string(suite.integ)));
    }
    auto cipher = crypto::Cipher::create(suite.encr, suite.key_bits, encr_key);
    if (!cipher) return std::unexpected{std::move(cipher.error())};
    std::optional<crypto::Integrity> integrity;
    if (suite.integ != IntegId::none) {
        auto made = crypto::Integrity::create(suite.integ, integ_key);
        if (!made) return std::unexpected{std::move(made.error())};
        integrity.emplace(std::move(*made));
    }
    return SkProtection{suite, std::move(*cipher), std::move(integrity)};
}

bool SkProtection::rekey(ByteView encr_key, ByteView integ_key) {
    counter_ = 0;
    return cipher_.rekey(encr_key) && (!integrity_ || integrity_->rekey(integ_key));
}

std::size_t SkProtection::icv_size() const {
    return integrity_ ? integrity_->icv_size() : cipher_.shape().icv;
}

/// Room for the IV, content, padding, pad length, room for the ICV.
SecretBytes SkProtection::padded(ByteView content) const {
    const auto& shape = cipher_.shape();
    const auto padding = (shape.block - (content.size() + 1) % shape.block) % shape.block;
    SecretBytes data{shape.iv + content.size() + padding + 1 + icv_size()};
    const auto at =
        std::ranges::copy(content, data.mutable_view().begin() + static_cast<std::ptrdiff_t>(shape.iv)).out;
    at[static_cast<std::ptrdiff_t>(padding)] = static_cast<std::uint8_t>(padding);
    return data;
}

/// Encrypts the last `size` octets of the message in place and puts IV and ICV around them.
void SkProtection::protect(MutableBytes message, std::size_t size, Rng& rng) {
    const auto& shape = cipher_.shape();
    const auto data = message.last(size);
    const auto iv = data.first(shape.iv);
    const auto text = data.subspan(shape.iv, size - shape.iv - icv_size());
    const auto icv = data.last(icv_size());
    if (shape.aead || shape.block == 1) {
        for (std::size_t i = 0; i < iv.size(); ++i) {
            const auto shift = 8 * (iv.size() - 1 - i);
            iv[i] = shift < 64 ? static_cast<std::uint8_t>(counter_ >> shift) : std::uint8_t{0};
        }
        ++counter_;
    } else {
        rng.fill(iv);
    }
    if (shape.aead) {
        // RFC 5282 section 5.1: from the header's first octet to the last before the IV.
        cipher_.seal(iv, message.first(message.size() - size), text, icv);
        cipher_.rest();
        return;
    }
    cipher_.encrypt(iv, text);
    cipher_.rest();
    const ByteView covered[] = {message.first(message.size() - icv.size())};
    integrity_->sign(covered, icv);
}

Bytes SkProtection::seal(const Header& header, std::span<const Payload> inner, Rng& rng,
                         std::span<const Payload> plain) {
    Writer content;
    write_chain(inner, content);
    return seal_content(header, inner.empty() ? PayloadType::none : inner.front().type, content.view(), rng,
                        plain);
}

Bytes SkProtection::seal_content(const Header& header, PayloadType first, ByteView content, Rng& rng,
                                 std::span<const Payload> plain) {
    const auto data = padded(content);
    Message message{header, {plain.begin(), plain.end()}};
    message.payloads.push_back(payload(PayloadType::sk, SkPayload{first, to_bytes(data.view())}));
    auto octets = write_message(message);
    protect(octets, data.size(), rng);
    return octets;
}

std::vector<Bytes> SkProtection::seal_fragments(const Header& header, std::span<const Payload> inner,
                                                std::size_t limit, Rng& rng) {
    Writer content;
    write_chain(inner, content);
    const auto& shape = cipher_.shape();
    const auto fixed = ike_header_size + generic_header_size + fragment_fields_size + shape.iv + icv_size();
    const auto room = limit > fixed ? (limit - fixed) / shape.block * shape.block : 0;
    auto each = std::max<std::size_t>(room, std::max<std::size_t>(shape.block, 2)) - 1;
    // Fragment numbers have 16 bits (RFC 7383 section 2.5).
    each = std::max(each, content.size() / 65535 + 1);
    const auto total = std::max<std::size_t>(1, (content.size() + each - 1) / each);
    std::vector<Bytes> datagrams;
    for (std::size_t i = 0; i < total; ++i) {
        const auto part = content.view().subspan(i * each, std::min(each, content.size() - i * each));
        const auto data = padded(part);
        SkfPayload body;
        body.first = i == 0 && !inner.empty() ? inner.front().type : PayloadType::none;
        body.number = static_cast<std::uint16_t>(i + 1);
        body.total = static_cast<std::uint16_t>(total);
        body.data = to_bytes(data.view());
        auto octets = write_message({header, {payload(PayloadType::skf, std::move(body))}});
        protect(octets, data.size(), rng);
        datagrams.push_back(std::move(octets));
    }
    return datagrams;
}

std::expected<SecretBytes, OpenError> SkProtection::open(ByteView datagram) {
    return open(datagram, Icv::verify);
}

std::expected<SecretBytes, OpenError> SkProtection::open_unverified(ByteView datagram) {
    return open(datagram, Icv::ignore);
}

std::expected<SecretBytes, OpenError> SkProtection::open(ByteView datagram, Icv check) {
    const auto found = find_encrypted(datagram);
    if (!found) return std::unexpected{found.error()};
    SecretBytes content;
    if (const auto error = open_to(datagram, found->data, content, check)) return std::unexpected{*error};
    return content;
}

std::optional<OpenError> SkProtection::open_to(ByteView datagram, std::size_t data, SecretBytes& content) {
    return open_to(datagram, data, content, Icv::verify);
}

std::optional<OpenError> SkProtection::open_to(ByteView datagram, std::size_t data_at, SecretBytes& content,
                                               Icv check) {
    const auto& shape = cipher_.shape();
    const auto data = datagram.subspan(data_at);
    const auto icv_octets = icv_size();
    const auto least = std::max<std::size_t>(shape.block, 1);
    if (data.size() < shape.iv + least + icv_octets) return OpenError{OpenError::Kind::truncated, {}};
    const auto iv = data.first(shape.iv);
    const auto icv = data.last(icv_octets);
    const auto sealed = data.subspan(shape.iv, data.size() - shape.iv - icv.size());
    if (sealed.size() % shape.block != 0) return OpenError{OpenError::Kind::truncated, {}};
    if (!shape.aead && check == Icv::verify) {
        const ByteView covered[] = {datagram.first(datagram.size() - icv.size())};
        if (!integrity_->verify(covered, icv)) return OpenError{OpenError::Kind::integrity, {}};
    }
    content.assign(sealed);
    bool authentic = true;
    if (shape.aead) {
        authentic = cipher_.open(iv, datagram.first(data_at), content.mutable_view(), icv);
    } else {
        cipher_.decrypt(iv, content.mutable_view());
    }
    cipher_.rest();
    if (!authentic) return OpenError{OpenError::Kind::integrity, {}};
    const std::size_t padding = content.view().back();
    if (padding + 1 > content.size()) return OpenError{OpenError::Kind::padding, {}};
    content.keep_first(content.size() - padding - 1);
    return std::nullopt;
}

std::expected<Message, OpenError> SkProtection::open_message(ByteView datagram) {
    const auto content = open(datagram);
    if (!content) return std::unexpected{content.error()};
    const auto found = find_encrypted(datagram);
    if (!found->is_whole)
        return refuse(OpenError::Kind::malformed, WireError{WireError::Kind::value, 0, "total fragments"});
    auto chain = read_chain(found->first, content->view());
    if (chain.error) return refuse(OpenError::Kind::malformed, chain.error);
    for (const auto& each : chain.payloads) {
        if (each.error) return refuse(OpenError::Kind::malformed, each.error);
    }
    return Message{*read_header(datagram), std::move(chain.payloads)};
}

namespace {
// A message of 64 fragments of the smallest useful size is beyond any real certificate chain.
constexpr std::size_t most_fragments = 64;
constexpr std::size_t most_octets = std::size_t{128} * 1024;
}  // namespace

std::optional<FragmentCollector::Whole> FragmentCollector::add(const SkfPayload& fragment,
                                                               SecretBytes content) {
    if (fragment.number == 0 || fragment.number > fragment.total || fragment.total > most_fragments)
        return std::nullopt;
    if (fragment.total < total_) return std::nullopt;
    if (fragment.total > total_) {
        // RFC 7383 section 2.6: the sender now uses smaller fragments; what it sent before is of no use.
        total_ = fragment.total;
        octets_ = 0;
        parts_.clear();
        parts_.resize(total_);
    }
    // No parts although there is a total: the message was given out already.
    if (parts_.empty() || parts_[fragment.number - 1u] || octets_ + content.size() > most_octets)
        return std::nullopt;
    if (fragment.number == 1) first_ = fragment.first;
    octets_ += content.size();
    parts_[fragment.number - 1u] = std::move(content);
    if (missing() > 0) return std::nullopt;
    Whole whole{first_, SecretBytes{octets_}};
    auto at = whole.content.mutable_view().begin();
    for (const auto& part : parts_) at = std::ranges::copy(part->view(), at).out;
    parts_.clear();
    return whole;
}

std::uint16_t FragmentCollector::missing() const {
    return static_cast<std::uint16_t>(std::ranges::count_if(parts_, [](const auto& part) { return !part; }));
}

}  // namespace ike
