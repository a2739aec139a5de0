#pragma once
// Payloads with pseudonyms for what tells who somebody is.
#include "libike/capture/observation.hpp"
#include "libike/capture/pseudonyms.hpp"

namespace ike {

/// What the hashes of NAT detection are recognised by.
struct NatContext {
    IkeSpi initiator = 0, responder = 0;
    std::span<const Endpoint> endpoints;  ///< that a hash may be of
};
/// Addresses, identities, certificates, signatures, public values, EAP contents, and what has no known
/// meaning are replaced; proposals, nonces, cookies, SPIs and code points stay.
std::vector<Payload> with_pseudonyms(std::span<const Payload> payloads, const NatContext& nat,
                                     Pseudonyms& names);
/// Words of as many letters and digits for words, the same for the same: "vpn.company.com" and
/// "bob@company.com" still have a domain in common, and certificates still name the identities that they
/// named.
Bytes text_pseudonym(ByteView text, Pseudonyms& names);
/// As text for names, as an address for addresses, as DER for distinguished names.
IdPayload id_pseudonym(const IdPayload& id, Pseudonyms& names);
/// Code, identifier, lengths, method and what a method's messages are stay; names are replaced as text,
/// values as octets.
void replace_eap(EapPayload& eap, Pseudonyms& names);
void replace_attribute(ConfigurationAttribute& attribute, Pseudonyms& names);
void replace_notify(Notify& notify, const NatContext& nat, Pseudonyms& names);
/// A certificate, say, of the same structure, algorithms and times, with other names, numbers and keys.
Bytes der_pseudonym(ByteView der, Pseudonyms& names);
/// An inner packet in place: addresses replaced, all behind the transport header zero, checksums right.
/// False where the octets are no IP packet.
bool anonymise_packet(MutableBytes packet, Pseudonyms& names);
/// What follows ESP in transport mode, in place, between the hosts of the outer packet.
void anonymise_transport(MutableBytes payload, std::uint8_t protocol, const Address& source,
                         const Address& destination, Pseudonyms& names);
/// The addresses alone.
bool anonymise_addresses(MutableBytes packet, Pseudonyms& names);
/// An IKEv1 message of the same length: proposals, nonces, notifications and known Vendor IDs stay.
Bytes anonymise_version1(ByteView datagram, Pseudonyms& names);
/// An ICMP error: the packet it quotes likewise, without what comes after its SPI and sequence number.
Bytes anonymise_icmp(ByteView octets, bool v6, Pseudonyms& names);

}  // namespace ike
