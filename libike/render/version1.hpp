#pragma once
// The payload chain of an IKEv1 message, as far as it is in clear (RFC 2408 sections 3.1 and 3.2).
#include "libike/capture/observation.hpp"
#include "libike/registry/ike1.hpp"
#include "libike/render/fields.hpp"

namespace ike {

inline constexpr std::uint8_t version1_flag_encrypted = 1;

/// Calls `take(type, offset of the generic header, Reader of the body)` for each payload; none when
/// encrypted. Ends where the chain cannot be read, and says why.
template <class Take>
std::optional<WireError> for_each_version1_payload(const IkeObservation& seen, Take take) {
    constexpr std::size_t most_payloads = 1000;
    const auto& header = seen.header;
    if ((header.flags & version1_flag_encrypted) != 0) return std::nullopt;
    auto next = static_cast<ike1::PayloadType>(header.next);
    Reader in{seen.octets.subspan(std::min(seen.octets.size(), ike_header_size)), ike_header_size};
    for (std::size_t count = 0; next != ike1::PayloadType::none && in.remaining() > 0; ++count) {
        const auto type = next;
        const auto offset = in.offset();
        next = in.code<ike1::PayloadType>("next payload");
        in.number<std::uint8_t>("reserved");
        const std::size_t length = in.number<std::uint16_t>("payload length");
        const Reader body = in.child(length >= 4 ? length - 4 : 0, "payload");
        if (length < 4) in.fail({WireError::Kind::value, offset + 2, "payload length"});
        if (in.failed() || count == most_payloads) break;
        take(type, offset, body);
    }
    if (next != ike1::PayloadType::none) in.take(4, "payload");
    return in.error();
}
/// The body of an SA payload: proposals, transforms and attributes by name.
void describe_version1_sa(Reader in, Fields& fields);

}  // namespace ike
