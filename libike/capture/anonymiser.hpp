#pragma once
// A capture that can be shown to others: addresses, identities, certificates, signatures, user data and keys
// are replaced, consistently, and it still decrypts, with other keys.
#include <map>

#include "libike/capture/key_export.hpp"
#include "libike/capture/payload_pseudonyms.hpp"
#include "libike/capture/pcapng_writer.hpp"

namespace ike {

/// Rewrites packet by packet. Messages and ESP that were opened are sealed again with keys that follow from
/// the real ones one way only; what was not opened stays shut for good. Equal packets stay equal. Joined IP
/// fragments and TCP streams come out as single UDP datagrams; what has nothing to do with IPsec is left out.
class Anonymiser {
public:
    /// `key` decides on all pseudonyms: random, and thrown away afterwards.
    explicit Anonymiser(SecretBytes key) : names_{std::move(key)} {}
    void add(const Observation& seen, const KeyStore& keys, PcapngWriter& to);
    /// Writes what is left of messages whose fragments did not all come.
    void finish(PcapngWriter& to);
    /// The new keys, in the files that KeyExport writes.
    Result<std::size_t> write_keys(const std::string& folder) const { return export_.write(keys_, folder); }

private:
    struct Held {
        EpochTime time{};
        Endpoint source, destination;
        bool marker = false;
        Bytes octets;
    };
    struct HeldKey {
        IkeSpi initiator, responder;
        std::uint32_t message_id;
        std::uint8_t flags;
        auto operator<=>(const HeldKey&) const = default;
    };
    void add_ike(const Observation& seen, const KeyStore& keys, PcapngWriter& to);
    void add_fragment(const Observation& seen, const KeyStore& keys, PcapngWriter& to);
    void add_esp(const Observation& seen, const KeyStore& keys, PcapngWriter& to);
    void add_as_it_was(const Observation& seen, ByteView body, PcapngWriter& to);
    std::optional<SkProtection> protection(const Observation& seen, const KeyStore& keys);
    Bytes sealed(const IkeObservation& seen, SkProtection& protection, const NatContext& nat);
    Bytes shut(ByteView datagram, const NatContext& nat);
    std::optional<Bytes> sealed_esp(const Observation& seen, const KeyStore& keys);
    NatContext nat_context(const Observation& seen);
    void write(const Held& held, ByteView octets, PcapngWriter& to);
    KeyStore::Index other_ike(KeyStore::Index at, const KeyStore& keys);
    KeyStore::Index other_esp(KeyStore::Index at, const EspSuite& suite, const KeyStore& keys);

    Pseudonyms names_;
    KeyStore keys_;  ///< the new ones
    KeyExport export_;
    std::unordered_map<KeyStore::Index, KeyStore::Index> other_ike_, other_esp_;
    std::vector<Endpoint> endpoints_;  ///< seen lately, for NAT detection
    std::map<HeldKey, std::vector<Held>> held_;
};

}  // namespace ike
