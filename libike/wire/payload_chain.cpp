#include "libike/wire/payload_chain.hpp"

#include "libike/wire/bodies.hpp"

namespace ike {
namespace {

constexpr std::size_t generic_header_size = 4;
constexpr std::uint8_t critical_bit = 0x80;
constexpr std::size_t most_payloads = 1000;

/// SK and SKF are last in a message; their Next Payload names the first one inside (RFC 7296 section 3.14,
/// RFC 7383 section 2.5).
bool ends_chain(PayloadType type) { return type == PayloadType::sk || type == PayloadType::skf; }

}  // namespace

std::size_t PayloadView::length() const { return generic_header_size + body.size(); }

Payload PayloadView::parse() const {
    Payload payload;
    payload.type = type;
    payload.critical = critical;
    payload.reserved = reserved;
    payload.offset = offset;
    payload.length = length();
    if (auto read = parse_body(type, next, Reader{body, offset + generic_header_size})) {
        payload.body = std::move(*read);
    } else {
        payload.error = read.error();
        payload.body = Opaque{to_bytes(body)};
        // No SkPayload or SkfPayload holds it then.
        if (ends_chain(type) && next != PayloadType::none) payload.next = next;
    }
    return payload;
}

namespace {

bool readable_sa(ByteView rest) {
    while (!rest.empty()) {
        const auto proposal = next_proposal(rest);
        if (!proposal || !well_formed(*proposal)) return false;
    }
    return true;
}
/// RFC 7296 section 3.13.1.
bool readable_ts(ByteView body) {
    constexpr std::size_t header = 4;  // of the payload, and of a selector up to its length
    if (body.size() < header) return false;
    for (auto rest = body.subspan(header); !rest.empty();) {
        if (rest.size() < header) return false;
        const auto type = static_cast<TsType>(rest[0]);
        const std::size_t length = number16(rest, 2);
        const std::size_t address = type == TsType::ipv4_addr_range   ? 4
                                    : type == TsType::ipv6_addr_range ? 16
                                                                      : 0;
        const bool fits = address > 0 ? length == 2 * header + 2 * address : length >= header;
        if (!fits || length > rest.size()) return false;
        rest = rest.subspan(length);
    }
    return true;
}
bool readable_delete(ByteView body) {
    constexpr std::size_t header = 4;
    if (body.size() < header) return false;
    const std::size_t rest = body.size() - header;
    return body[1] == 0 ? rest == 0 : rest % body[1] == 0;
}

}  // namespace

bool PayloadView::readable() const {
    constexpr std::size_t fixed = 4;  // octets before the data
    switch (type) {
        case PayloadType::sa:
            return readable_sa(body);
        case PayloadType::ke:
        case PayloadType::idi:
        case PayloadType::idr:
        case PayloadType::auth:
        case PayloadType::skf:
            return body.size() >= fixed;
        case PayloadType::cert:
        case PayloadType::certreq:
            return !body.empty();
        case PayloadType::notify:
            return notify_view(body).has_value();
        case PayloadType::delete_payload:
            return readable_delete(body);
        case PayloadType::tsi:
        case PayloadType::tsr:
            return readable_ts(body);
        case PayloadType::cp:
            return !parse().error;
        default:
            return true;
    }
}

namespace {

/// Why a chain does not go on at `rest`, where a payload of this type should begin, or nothing at all.
std::optional<WireError> chain_error(PayloadType type, std::size_t count, ByteView rest, std::size_t origin) {
    Reader in{rest, origin};
    if (type != PayloadType::none && count == most_payloads) {
        in.fail({WireError::Kind::value, origin, "number of payloads"});
    } else if (type != PayloadType::none) {
        in.code<PayloadType>("next payload");
        in.number<std::uint8_t>("critical and reserved");
        wire::read_substructure(in, generic_header_size, generic_header_size, "payload length");
    }
    // finish() tells what is left over after the last payload.
    const auto end = in.finish(true);
    return end ? std::nullopt : std::optional{end.error()};
}

}  // namespace

std::optional<WireError> walk_chain(PayloadType first, ByteView octets, std::size_t origin,
                                    std::vector<PayloadView>& out) {
    out.clear();
    auto type = first;
    auto rest = octets;
    while (type != PayloadType::none && rest.size() >= generic_header_size && out.size() < most_payloads) {
        const std::size_t length = number16(rest, 2);
        if (length < generic_header_size || length > rest.size()) break;
        const auto next = static_cast<PayloadType>(rest[0]);
        const auto offset = static_cast<std::uint32_t>(origin + (octets.size() - rest.size()));
        out.push_back({type, next, (rest[1] & critical_bit) != 0,
                       static_cast<std::uint8_t>(rest[1] & ~critical_bit), offset,
                       rest.subspan(generic_header_size, length - generic_header_size)});
        rest = rest.subspan(length);
        type = ends_chain(type) ? PayloadType::none : next;
    }
    if (type == PayloadType::none && rest.empty()) return std::nullopt;
    return chain_error(type, out.size(), rest, origin + (octets.size() - rest.size()));
}

void PayloadChain::read(PayloadType first, ByteView octets, std::size_t origin) {
    parsed_.clear();
    is_parsed_ = false;
    error_.reset();
    if (const auto error = walk_chain(first, octets, origin, views_)) error_ = *error;
}

void PayloadChain::clear() {
    views_.clear();
    parsed_.clear();
    is_parsed_ = false;
    error_.reset();
}

std::span<const Payload> PayloadChain::payloads() const {
    if (!is_parsed_) {
        parsed_.reserve(views_.size());
        for (const auto& view : views_) parsed_.push_back(view.parse());
        is_parsed_ = true;
    }
    return parsed_;
}

const PayloadView* PayloadChain::find(PayloadType type) const {
    const auto found = std::ranges::find(views_, type, &PayloadView::type);
    return found == views_.end() ? nullptr : &*found;
}

std::optional<ByteView> PayloadChain::notification(NotifyType type) const {
    for (const auto& view : views_) {
        if (view.type != PayloadType::notify) continue;
        const auto notify = notify_view(view.body);
        if (notify && notify->type == type) return notify->data;
    }
    return std::nullopt;
}

std::optional<NotifyView> notify_view(ByteView body) {
    constexpr std::size_t fixed = 4;  // protocol, SPI size, type
    if (body.size() < fixed || body.size() - fixed < body[1]) return std::nullopt;
    return NotifyView{static_cast<ProtocolId>(body[0]), static_cast<NotifyType>(number16(body, 2)),
                      body.subspan(fixed, body[1]), body.subspan(fixed + body[1])};
}

bool well_formed(const ProposalView& proposal) {
    constexpr std::size_t fixed = 8;  // up to the attributes
    for (auto rest = proposal.transforms; !rest.empty();) {
        if (rest.size() < fixed) return false;
        const std::size_t length = number16(rest, 2);
        if (length < fixed || length > rest.size()) return false;
        for (auto attributes = rest.subspan(fixed, length - fixed); !attributes.empty();) {
            if (attributes.size() < 4) return false;
            const bool fixed_size = (attributes[0] & 0x80) != 0;
            const std::size_t size = fixed_size ? 4 : 4u + number16(attributes, 2);
            if (size > attributes.size()) return false;
            attributes = attributes.subspan(size);
        }
        rest = rest.subspan(length);
    }
    return true;
}

std::optional<ProposalView> next_proposal(ByteView& body) {
    constexpr std::size_t fixed = 8;  // up to the SPI
    if (body.size() < fixed) return std::nullopt;
    const std::size_t length = number16(body, 2);
    const std::size_t spi = body[6];
    if (length < fixed + spi || length > body.size()) return std::nullopt;
    const ProposalView view{.last = body[0],
                            .reserved = body[1],
                            .number = body[4],
                            .protocol = static_cast<ProtocolId>(body[5]),
                            .transform_count = body[7],
                            .spi = body.subspan(fixed, spi),
                            .transforms = body.subspan(fixed + spi, length - fixed - spi)};
    body = body.subspan(length);
    return view;
}

}  // namespace ike
