#pragma once
// Everything about a packet, message or payload, given to Fields.
#include "libike/capture/observation.hpp"
#include "libike/render/fields.hpp"

namespace ike {

/// What the meaning of a payload may depend on.
struct MessageContext {
    Header header;
    /// Where the message came from and went to, for NAT detection; nothing where it is not known.
    const Packet* packet = nullptr;
};

/// One packet as an object, by the JSON schema of ikedump(1).
void describe(const Observation& seen, Fields& fields);
/// An IKE message that was not captured (events of an engine, say): header and payloads into an open object.
void describe(const Message& message, Fields& fields);
/// Payloads as a list. `inner` are those of its SK or SKF payload, nullptr where it could not be opened.
void describe(const PayloadChain& payloads, const MessageContext& context, Fields& fields,
              const PayloadChain* inner = nullptr);
/// One payload's own fields, in an object that is open already.
void describe_body(const Payload& payload, const MessageContext& context, Fields& fields);

void describe(const SaPayload& sa, Fields& fields);
/// An SA payload where it lies, which must be readable().
void describe_sa(const PayloadView& payload, Fields& fields);
void describe(const TsPayload& ts, Fields& fields);
void describe(const Notify& notify, const MessageContext& context, Fields& fields);
void describe(const CertPayload& cert, Fields& fields);
void describe(const CertReqPayload& request, Fields& fields);
void describe(const CpPayload& cp, Fields& fields);
void describe(const EapPayload& eap, Fields& fields);
void describe(const IcmpObservation& icmp, Fields& fields);
/// The tunnels around a packet, where there are any, as a list "tunnels".
void describe_tunnels(const Packet& packet, Fields& fields);
/// An IKEv1 message's payloads, as far as they are in clear, as a list "payloads".
void describe_version1(const IkeObservation& seen, Fields& fields);

/// A code point by its registry; the number goes under `number_key`.
template <CodePoint Code>
void code_field(Fields& fields, std::string_view key, std::string_view number_key, std::string_view label,
                Code code) {
    const auto number = static_cast<std::uint64_t>(code);
    if (const auto known = name(code); !known.empty())
        return fields.code(key, number_key, label, known, number);
    fields.code(key, number_key, label, to_string(code), number);
}
void address_field(Fields& fields, std::string_view key, std::string_view label, const Address& address);
/// Address and port; without port where it is 0.
void endpoint_field(Fields& fields, std::string_view key, std::string_view label, const Endpoint& endpoint);
/// Octets that are text: identities, names.
void characters_field(Fields& fields, std::string_view key, std::string_view label, ByteView octets);
/// Three reserved octets, shown only where they are not zero.
void reserved_field(Fields& fields, ByteView octets);
/// A number as so many hexadecimal digits.
void hex_field(Fields& fields, std::string_view key, std::string_view label, std::uint64_t value,
               unsigned digits);
/// UTC, to the second: "2026-01-31T12:00:00Z".
std::string date_text(std::int64_t seconds);

}  // namespace ike
