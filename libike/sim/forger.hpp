#pragma once
// One who holds the keys: opens and seals messages of IKE SAs as either end, in any order and with any
// payloads.
#include <map>

#include "libike/engine/events.hpp"
#include "libike/sa/sealed.hpp"

namespace ike::sim {

/// The message in a datagram without its non-ESP marker, where there is one.
ByteView without_marker(ByteView octets);
/// The octets as a datagram between these ports carries them.
Bytes with_marker(const Path& path, Bytes octets, std::uint16_t ike_port = 500);

class Forger {
public:
    /// Which end it speaks for: the original initiator of the IKE SA or its responder.
    enum class As : std::uint8_t { initiator, responder };
    struct Spis {
        IkeSpi initiator = 0, responder = 0;
        friend auto operator<=>(const Spis&, const Spis&) = default;
    };
    /// Takes the keys of an IKE SA (KeysDerived), later ones beside those before; of the rest nothing. The
    /// youngest 32 SAs are kept.
    void learn(const KeyRecord& record);
    /// SAs in the order they were learnt.
    const std::vector<Spis>& known() const { return order_; }

    bool knows(const Spis& sa) const { return keys_.contains(sa); }

    /// The inner message of a datagram (with or without marker) of a known SA; nothing where it cannot be
    /// opened.
    std::optional<Message> open(ByteView datagram);
    /// A datagram without marker, under the newest keys; nothing for an SA that is not known. The SPIs and
    /// the I flag of `header` are set from the SA.
    std::optional<Bytes> seal(const Spis& sa, As as, Header header, std::span<const Payload> payloads,
                              Rng& rng);

private:
    struct Keys {
        std::optional<SkProtection> initiator, responder;
        SecretBytes ei;  ///< tells one set from another
    };
    std::vector<Keys>* find(const Spis& sa);
    std::vector<Spis> order_;
    std::map<Spis, std::vector<Keys>> keys_;  ///< newest last: each IKE_INTERMEDIATE brings new ones
};

}  // namespace ike::sim
