// Security Association payload, RFC 7296 section 3.3: proposals, transforms and attributes, one inside the
// other. The octets decide how many there are; "Last Substruc" and the transform count are kept where they
// disagree.
#include "libike/wire/bodies.hpp"

namespace ike {

std::optional<std::uint16_t> Transform::key_length() const {
    for (const auto& attribute : attributes) {
        if (attribute.type == AttributeType::key_length && attribute.fixed) return attribute.value;
    }
    return std::nullopt;
}

Transform Transform::with_key_length(TransformType type, std::uint16_t id, std::uint16_t bits) {
    Transform transform;
    transform.type = type;
    transform.id = id;
    transform.attributes.push_back(
        {.type = AttributeType::key_length, .fixed = true, .value = bits, .data = {}});
    return transform;
}

namespace wire {
namespace {

constexpr std::size_t proposal_header_size = 8;
constexpr std::size_t transform_header_size = 8;
constexpr std::uint8_t more_proposals = 2;   // RFC 7296 section 3.3.1
constexpr std::uint8_t more_transforms = 3;  // RFC 7296 section 3.3.2
constexpr std::uint16_t attribute_format = 0x8000;

/// RFC 7296 section 3.3.5.
Attribute read_attribute(Reader& in) {
    Attribute attribute;
    const auto type = in.number<std::uint16_t>("attribute type");
    attribute.fixed = (type & attribute_format) != 0;
    attribute.type = static_cast<AttributeType>(type & ~attribute_format);
    if (attribute.fixed) {
        attribute.value = in.number<std::uint16_t>("attribute value");
    } else {
        const auto length = in.number<std::uint16_t>("attribute length");
        attribute.data = to_bytes(in.take(length, "attribute value"));
    }
    return attribute;
}

void write_attribute(const Attribute& attribute, Writer& out) {
    const auto type =
        static_cast<std::uint16_t>(static_cast<std::uint16_t>(attribute.type) & ~attribute_format);
    if (attribute.fixed) {
        out.number(static_cast<std::uint16_t>(type | attribute_format)).number(attribute.value);
    } else {
        out.number(type).number(length_field<std::uint16_t>(attribute.data.size(), "attribute length"));
        out.octets(attribute.data);
    }
}

/// RFC 7296 section 3.3.2. `last` is left as read: only the list knows what is expected.
Transform read_transform(Reader& in) {
    Transform transform;
    transform.last = in.number<std::uint8_t>("last substruc");
    transform.reserved1 = in.number<std::uint8_t>("reserved");
    auto inner = read_substructure(in, 4, transform_header_size, "transform length");
    transform.type = inner.code<TransformType>("transform type");
    transform.reserved2 = inner.number<std::uint8_t>("reserved");
    transform.id = inner.number<std::uint16_t>("transform id");
    while (inner.remaining() > 0) transform.attributes.push_back(read_attribute(inner));
    adopt_failure(in, inner);
    return transform;
}

/// Forgets what the place in the list tells anyway.
template <class Substructure>
void drop_expected_last(std::vector<Substructure>& list, std::uint8_t more) {
    for (auto& each : list) {
        const std::uint8_t expected = &each == &list.back() ? 0 : more;
        if (each.last == expected) each.last.reset();
    }
}

/// RFC 7296 section 3.3.1. `last` is left as read.
Proposal read_proposal(Reader& in) {
    Proposal proposal;
    proposal.last = in.number<std::uint8_t>("last substruc");
    proposal.reserved = in.number<std::uint8_t>("reserved");
    auto inner = read_substructure(in, 4, proposal_header_size, "proposal length");
    proposal.number = inner.number<std::uint8_t>("proposal num");
    proposal.protocol = inner.code<ProtocolId>("protocol id");
    const auto spi_size = inner.number<std::uint8_t>("spi size");
    const auto count = inner.number<std::uint8_t>("num transforms");
    proposal.spi = to_bytes(inner.take(spi_size, "spi"));
    while (inner.remaining() > 0) proposal.transforms.push_back(read_transform(inner));
    drop_expected_last(proposal.transforms, more_transforms);
    if (count != proposal.transforms.size()) proposal.transform_count = count;
    adopt_failure(in, inner);
    return proposal;
}

void write_transform(const Transform& transform, std::uint8_t last, Writer& out) {
    const auto start = out.size();
    out.number(transform.last.value_or(last)).number(transform.reserved1).number(std::uint16_t{0});
    out.code(transform.type).number(transform.reserved2).number(transform.id);
    for (const auto& attribute : transform.attributes) write_attribute(attribute, out);
    out.patch16(start + 2, length_field<std::uint16_t>(out.size() - start, "transform length"));
}

void write_proposal(const Proposal& proposal, std::uint8_t last, Writer& out) {
    const auto start = out.size();
    out.number(proposal.last.value_or(last)).number(proposal.reserved).number(std::uint16_t{0});
    out.number(proposal.number).code(proposal.protocol);
    out.number(length_field<std::uint8_t>(proposal.spi.size(), "spi size"));
    out.number(proposal.transform_count
                   ? *proposal.transform_count
                   : length_field<std::uint8_t>(proposal.transforms.size(), "num transforms"));
    out.octets(proposal.spi);
    for (const auto& transform : proposal.transforms) {
        write_transform(transform, &transform == &proposal.transforms.back() ? 0 : more_transforms, out);
    }
    out.patch16(start + 2, length_field<std::uint16_t>(out.size() - start, "proposal length"));
}

}  // namespace

Parsed<SaPayload> read_sa(Reader in) {
    SaPayload body;
    while (in.remaining() > 0) body.proposals.push_back(read_proposal(in));
    drop_expected_last(body.proposals, more_proposals);
    return in.finish(std::move(body));
}

void write(const SaPayload& body, Writer& out) {
    for (const auto& proposal : body.proposals) {
        write_proposal(proposal, &proposal == &body.proposals.back() ? 0 : more_proposals, out);
    }
}

}  // namespace wire
}  // namespace ike
