#pragma once
// The payload bodies of RFC 7296 section 3 and RFC 7383, as values. Reading is not judging: reserved bits,
// order and unknown values are kept, so that write(parse(x)) == x for whatever could be taken apart.
#include <variant>

#include "libike/base/address.hpp"
#include "libike/base/reader.hpp"
#include "libike/base/writer.hpp"
#include "libike/registry/attribute_type.hpp"
#include "libike/registry/auth_method.hpp"
#include "libike/registry/cert_encoding.hpp"
#include "libike/registry/config_attribute.hpp"
#include "libike/registry/id_type.hpp"
#include "libike/registry/ke_id.hpp"
#include "libike/registry/notify_type.hpp"
#include "libike/registry/payload_type.hpp"
#include "libike/registry/protocol_id.hpp"
#include "libike/registry/transform_type.hpp"
#include "libike/registry/ts_type.hpp"

namespace ike {

/// Transform attribute, RFC 7296 section 3.3.5. TV holds `value`, TLV holds `data`.
struct Attribute {
    AttributeType type{};  ///< 15 bits
    bool fixed = true;     ///< AF bit: TV
    std::uint16_t value = 0;
    Bytes data;
    friend bool operator==(const Attribute&, const Attribute&) = default;
};

/// Transform substructure, section 3.3.2.
struct Transform {
    TransformType type{};
    std::uint16_t id = 0;  ///< of the registry that `type` names
    std::vector<Attribute> attributes;
    std::optional<std::uint8_t> last;  ///< "Last Substruc" as read where it is not the expected 0 or 3
    std::uint8_t reserved1 = 0;
    std::uint8_t reserved2 = 0;
    /// The Key Length attribute in bits, nothing when absent.
    std::optional<std::uint16_t> key_length() const;
    static Transform with_key_length(TransformType type, std::uint16_t id, std::uint16_t bits);
    friend bool operator==(const Transform&, const Transform&) = default;
};

/// Proposal substructure, section 3.3.1.
struct Proposal {
    std::uint8_t number = 1;
    ProtocolId protocol{};
    Bytes spi;  ///< 0, 4 or 8 octets
    std::vector<Transform> transforms;
    std::optional<std::uint8_t> last;  ///< as read where it is not the expected 0 or 2
    std::uint8_t reserved = 0;
    std::optional<std::uint8_t> transform_count;  ///< as read where it differs from transforms.size()
    friend bool operator==(const Proposal&, const Proposal&) = default;
};

struct SaPayload {
    std::vector<Proposal> proposals;
    friend bool operator==(const SaPayload&, const SaPayload&) = default;
};
struct KePayload {
    KeId group{};
    std::uint16_t reserved = 0;
    Bytes data;
    friend bool operator==(const KePayload&, const KePayload&) = default;
};
/// IDi and IDr; the payload's type tells which.
struct IdPayload {
    IdType type{};
    std::array<std::uint8_t, 3> reserved{};
    Bytes data;
    friend bool operator==(const IdPayload&, const IdPayload&) = default;
};
struct CertPayload {
    CertEncoding encoding{};
    Bytes data;
    friend bool operator==(const CertPayload&, const CertPayload&) = default;
};
struct CertReqPayload {
    CertEncoding encoding{};
    Bytes authority;  ///< for X.509: 20-octet key hashes, joined
    friend bool operator==(const CertReqPayload&, const CertReqPayload&) = default;
};
struct AuthPayload {
    AuthMethod method{};
    std::array<std::uint8_t, 3> reserved{};
    Bytes data;
    friend bool operator==(const AuthPayload&, const AuthPayload&) = default;
};
struct NoncePayload {
    Bytes data;
    friend bool operator==(const NoncePayload&, const NoncePayload&) = default;
};
struct Notify {
    ProtocolId protocol{};
    NotifyType type{};
    Bytes spi;
    Bytes data;
    friend bool operator==(const Notify&, const Notify&) = default;
};
/// Section 3.11. SPIs of spi_size octets each; spi_size is 0 for an IKE SA.
struct DeletePayload {
    ProtocolId protocol{};
    std::uint8_t spi_size = 0;
    std::uint16_t count = 0;  ///< as sent; usually spis.size()
    std::vector<Bytes> spis;
    friend bool operator==(const DeletePayload&, const DeletePayload&) = default;
};
struct VendorIdPayload {
    Bytes data;
    friend bool operator==(const VendorIdPayload&, const VendorIdPayload&) = default;
};
/// One traffic selector, section 3.13.1. Address ranges for types 7 and 8; others keep `opaque` (all after
/// the length).
struct TrafficSelector {
    TsType type{};
    std::uint8_t protocol = 0;  ///< IP protocol, 0: any
    std::uint16_t start_port = 0;
    std::uint16_t end_port = 65535;
    Address start;
    Address end;
    Bytes opaque;
    friend bool operator==(const TrafficSelector&, const TrafficSelector&) = default;
};
/// TSi and TSr; the payload's type tells which.
struct TsPayload {
    std::vector<TrafficSelector> selectors;
    std::optional<std::uint8_t> count;  ///< as read where it differs from selectors.size()
    std::array<std::uint8_t, 3> reserved{};
    friend bool operator==(const TsPayload&, const TsPayload&) = default;
};
struct ConfigurationAttribute {
    bool reserved_bit = false;
    ConfigAttribute type{};
    Bytes value;
    friend bool operator==(const ConfigurationAttribute&, const ConfigurationAttribute&) = default;
};
struct CpPayload {
    ConfigType type{};
    std::array<std::uint8_t, 3> reserved{};
    std::vector<ConfigurationAttribute> attributes;
    friend bool operator==(const CpPayload&, const CpPayload&) = default;
};
/// Section 3.16; `message` is the whole EAP packet from its code on.
struct EapPayload {
    Bytes message;
    friend bool operator==(const EapPayload&, const EapPayload&) = default;
};
/// Section 3.14: IV, ciphertext and ICV together; how long each is only the suite tells.
struct SkPayload {
    PayloadType first{};  ///< type of the first payload inside
    Bytes data;
    friend bool operator==(const SkPayload&, const SkPayload&) = default;
};
/// RFC 7383 section 2.5.
struct SkfPayload {
    PayloadType first{};  ///< of the first payload inside in fragment 1, 0 in the others
    std::uint16_t number = 1;
    std::uint16_t total = 1;
    Bytes data;
    friend bool operator==(const SkfPayload&, const SkfPayload&) = default;
};
/// What has no arm of its own, or could not be taken apart: kept octet for octet.
struct Opaque {
    Bytes data;
    friend bool operator==(const Opaque&, const Opaque&) = default;
};

using PayloadBody = std::variant<SaPayload, KePayload, IdPayload, CertPayload, CertReqPayload, AuthPayload,
                                 NoncePayload, Notify, DeletePayload, VendorIdPayload, TsPayload, CpPayload,
                                 EapPayload, SkPayload, SkfPayload, Opaque>;

struct Payload {
    PayloadType type{};
    PayloadBody body = Opaque{};
    bool critical = false;
    std::uint8_t reserved = 0;       ///< the seven bits beside the critical bit
    std::size_t offset = 0;          ///< of the generic payload header in what was read; not compared
    std::size_t length = 0;          ///< as read, header included; not compared
    std::optional<WireError> error;  ///< why the body of a known type stayed Opaque; not compared
    /// The Next Payload field where the chain does not tell it: of an SK or SKF that stayed Opaque, or one to
    /// be written on purpose. Nothing: the type that follows, or what SK and SKF hold.
    std::optional<PayloadType> next;
    friend bool operator==(const Payload& a, const Payload& b) {
        return a.type == b.type && a.body == b.body && a.critical == b.critical && a.reserved == b.reserved &&
               a.next == b.next;
    }
};

/// A payload of the type that belongs to `body`. IdPayload and TsPayload need the type said.
Payload payload(PayloadType type, PayloadBody body);
Payload payload(SaPayload body);
Payload payload(KePayload body);
Payload payload(NoncePayload body);
Payload payload(AuthPayload body);
Payload payload(CertPayload body);
Payload payload(CertReqPayload body);
Payload payload(Notify body);
Payload payload(DeletePayload body);
Payload payload(VendorIdPayload body);
Payload payload(CpPayload body);
Payload payload(EapPayload body);
/// A Notify without SPI, protocol 0.
Payload notify(NotifyType type, Bytes data = {});

/// Reads a payload's body; `in` starts after the generic payload header and ends with the payload.
Parsed<PayloadBody> parse_body(PayloadType type, PayloadType next, Reader in);
/// Writes a body without its generic payload header. Throws std::length_error where a value is longer than
/// its length field can say; nothing that was read is.
void write_body(const PayloadBody& body, Writer& out);

}  // namespace ike
