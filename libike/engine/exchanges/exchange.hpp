#pragma once
// The exchanges we can have in flight: a variant of small structs, one per kind. Each builds its request when
// its turn comes (nothing: it has become pointless) and draws its conclusion from the reply.
#include <memory>

#include "libike/crypto/crypto.hpp"
#include "libike/engine/config.hpp"
#include "libike/engine/making.hpp"
#include "libike/engine/refusal.hpp"
#include "libike/mobike/return_routability.hpp"

namespace ike::engine {

struct IkeSa;
struct Turn;

/// Our half of a Child SA that is being negotiated.
struct ChildOffer {
    std::uint32_t spi_in = 0;
    std::vector<Proposal> proposals;
    Bytes nonce;
    std::optional<crypto::KeyExchange> ke;
    std::vector<TrafficSelector> ts_local, ts_remote;
    std::string name;  ///< of the kind of Child SA
    ChildMode mode = ChildMode::tunnel;
    bool later_fragments = false;
    bool refuses_tfc = false;
    std::uint16_t cpi_in = 0;  ///< 0: no IPComp
};
/// Our half of an IKE SA that is to replace another.
struct IkeOffer {
    IkeSpi spi = 0;
    std::vector<Proposal> proposals;
    Bytes nonce;
    std::optional<crypto::KeyExchange> ke;
};

/// IKE_SA_INIT; what it needs is in the IkeSa's Negotiation.
struct InitExchange {
    static constexpr ExchangeType type = ExchangeType::ike_sa_init;
    std::optional<Payloads> request(IkeSa& sa, Turn& turn);
    void conclude(IkeSa& sa, Turn& turn, const Message& reply);
};
/// IKE_INTERMEDIATE for the additional key exchange whose turn it is.
struct IntermediateExchange {
    static constexpr ExchangeType type = ExchangeType::ike_intermediate;
    std::optional<crypto::KeyExchange> ke;
    std::optional<Payloads> request(IkeSa& sa, Turn& turn);
    void conclude(IkeSa& sa, Turn& turn, const Message& reply);
};
/// IKE_AUTH, one round.
struct AuthExchange {
    static constexpr ExchangeType type = ExchangeType::ike_auth;
    std::optional<Payloads> request(IkeSa& sa, Turn& turn);
    void conclude(IkeSa& sa, Turn& turn, const Message& reply);
};
/// IKE_AUTH, a further round under EAP: our EAP response, or after Success (an empty one) our AUTH payload.
struct EapExchange {
    static constexpr ExchangeType type = ExchangeType::ike_auth;
    Bytes response;
    std::optional<Payloads> request(IkeSa& sa, Turn& turn);
    void conclude(IkeSa& sa, Turn& turn, const Message& reply);
};
/// CREATE_CHILD_SA for a new Child SA or for the successor of one.
struct ChildExchange {
    static constexpr ExchangeType type = ExchangeType::create_child_sa;
    ChildSaId child{};              ///< none: a new one
    std::uint32_t replaces_in = 0;  ///< inbound SPI of the one to be replaced, 0: a new one
    std::vector<TrafficSelector> ts_local, ts_remote;
    std::string name;                    ///< of the kind of Child SA; empty: the first
    std::optional<ChildMode> mode;       ///< of a successor; nothing: as configured
    std::optional<PacketFields> packet;  ///< that waits for it
    std::optional<KeId> group;           ///< as INVALID_KE_PAYLOAD asked for
    unsigned tries = 0;
    std::unique_ptr<ChildOffer> offer;
    /// The peer rekeyed the same Child SA meanwhile and we answered (RFC 7296 section 2.8.1).
    std::uint32_t rival_in = 0;
    Bytes rival_nonce;  ///< the lower of the two of that exchange
    /// SPIs that the peer deleted and we do not know: what its answer, still on its way, made is gone
    /// already.
    std::vector<std::uint32_t> deleted_ahead;
    std::optional<Payloads> request(IkeSa& sa, Turn& turn);
    void conclude(IkeSa& sa, Turn& turn, const Message& reply);
};
/// CREATE_CHILD_SA for the successor of the IKE SA.
struct RekeyIkeExchange {
    static constexpr ExchangeType type = ExchangeType::create_child_sa;
    std::optional<KeId> group;
    unsigned tries = 0;
    std::unique_ptr<IkeOffer> offer;
    IkeSpi rival = 0;   ///< our SPI of the successor that the peer's own rekey made (section 2.8.2)
    Bytes rival_nonce;  ///< the lower of the two of that exchange
    std::optional<Payloads> request(IkeSa& sa, Turn& turn);
    void conclude(IkeSa& sa, Turn& turn, const Message& reply);
};
/// IKE_FOLLOWUP_KE for the additional key exchange whose turn it is (RFC 9370 section 2.2.4).
struct FollowupExchange {
    static constexpr ExchangeType type = ExchangeType::ike_followup_ke;
    /// The CREATE_CHILD_SA that it follows.
    using Origin = std::variant<ChildExchange, RekeyIkeExchange>;
    std::unique_ptr<Making> making;
    Origin origin;
    std::optional<crypto::KeyExchange> ke;
    std::optional<Payloads> request(IkeSa& sa, Turn& turn);
    void conclude(IkeSa& sa, Turn& turn, const Message& reply);
};
/// INFORMATIONAL with a Delete for Child SAs, by inbound SPI.
struct DeleteChildExchange {
    static constexpr ExchangeType type = ExchangeType::informational;
    std::vector<std::uint32_t> spis_in;
    std::optional<Payloads> request(IkeSa& sa, Turn& turn);
    void conclude(IkeSa& sa, Turn& turn, const Message& reply);
};
/// INFORMATIONAL with a Delete for the IKE SA.
struct DeleteIkeExchange {
    static constexpr ExchangeType type = ExchangeType::informational;
    std::optional<NotifyType> because;  ///< sent along
    std::optional<Payloads> request(IkeSa& sa, Turn& turn);
    void conclude(IkeSa& sa, Turn& turn, const Message& reply);
};
/// An INFORMATIONAL that asks for nothing but an answer; with NAT detection where MOBIKE may learn from it,
/// with COOKIE2 where it is to prove an address.
struct LivenessExchange {
    static constexpr ExchangeType type = ExchangeType::informational;
    enum class Purpose : std::uint8_t { liveness, return_routability } purpose = Purpose::liveness;
    std::optional<mobike::ReturnCheck> check;
    Path path;  ///< the request's
    std::optional<Payloads> request(IkeSa& sa, Turn& turn);
    void conclude(IkeSa& sa, Turn& turn, const Message& reply);
};
/// INFORMATIONAL with UPDATE_SA_ADDRESSES (RFC 4555 section 3.5).
struct UpdateExchange {
    static constexpr ExchangeType type = ExchangeType::informational;
    std::uint32_t move = 0;  ///< MobikeState::moves when the request was built
    Path path;               ///< as the request's NAT detection has it
    std::optional<mobike::ReturnCheck> check;
    std::optional<Payloads> request(IkeSa& sa, Turn& turn);
    void conclude(IkeSa& sa, Turn& turn, const Message& reply);
};
/// INFORMATIONAL with our list of additional addresses (section 3.6).
struct AnnounceExchange {
    static constexpr ExchangeType type = ExchangeType::informational;
    unsigned tries = 0;
    std::optional<Payloads> request(IkeSa& sa, Turn& turn);
    void conclude(IkeSa& sa, Turn& turn, const Message& reply);
};
/// Whatever the caller wants said.
struct PlainInformational {
    static constexpr ExchangeType type = ExchangeType::informational;
    Payloads payloads;
    std::optional<Payloads> request(IkeSa& sa, Turn& turn);
    void conclude(IkeSa& sa, Turn& turn, const Message& reply);
};

using Exchange = std::variant<InitExchange, IntermediateExchange, AuthExchange, EapExchange, ChildExchange,
                              RekeyIkeExchange, FollowupExchange, DeleteChildExchange, DeleteIkeExchange,
                              LivenessExchange, UpdateExchange, AnnounceExchange, PlainInformational>;

}  // namespace ike::engine
