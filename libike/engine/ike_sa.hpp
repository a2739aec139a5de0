#pragma once
// One IKE SA: a state machine with its window, its exchanges in flight, its Child SAs and its MOBIKE state.
// The exchanges (exchanges/*.cpp) work on it; the Engine finds it, wakes it and buries it.
#include "libike/engine/approach.hpp"
#include "libike/engine/child_sa.hpp"
#include "libike/engine/engine.hpp"
#include "libike/engine/mobike_state.hpp"
#include "libike/engine/negotiation.hpp"
#include "libike/engine/order.hpp"
#include "libike/engine/role.hpp"
#include "libike/engine/timer_table.hpp"
#include "libike/engine/turn.hpp"
#include "libike/engine/window.hpp"
#include "libike/sa/sealed.hpp"

namespace ike::engine {

/// RFC 7296 section 2.23, from our point of view.
struct NatState {
    bool local = false;   ///< we are behind one
    bool remote = false;  ///< the peer is
    friend bool operator==(const NatState&, const NatState&) = default;
};
/// The fragments of one message (RFC 7383).
struct Assembly {
    std::uint32_t message_id = 0;
    Direction direction{};
    FragmentCollector collector;
};

struct IkeSa {
    IkeSa(IkeSaId handle, Role in_this_sa, const PeerConfig& config)
        : id{handle}, role{in_this_sa}, peer{&config} {}

    IkeSaId id{};
    Role role;               ///< in this IKE SA; the header's I flag
    Role first_role = role;  ///< in the first one of the line: the initiator decides on paths (RFC 4555)
    Phase phase = Phase::init_sent;
    const PeerConfig* peer;
    IkeSpi spi_i = 0, spi_r = 0;
    Path path;
    std::optional<IkeSuite> suite;
    SecretBytes sk_d, sk_pi, sk_pr;  ///< SK_pi and SK_pr until IKE_AUTH is over
    std::optional<SkProtection> inbound, outbound;
    Identity local_id;
    std::optional<Identity> remote_id;
    std::shared_ptr<const EapUse> eap;  ///< null: none was used
    NatState nat;
    bool nat_traversal = false;      ///< both sides sent NAT detection
    bool encapsulation = false;      ///< ESP in UDP
    bool peer_fragments = false;     ///< IKEV2_FRAGMENTATION_SUPPORTED came
    bool follows_redirects = false;  ///< the initiator said so (RFC 5685)
    /// Made by the peer's rekey while ours has no reply: it does nothing by itself before one of the two
    /// takes over (RFC 7296 section 2.8.2).
    bool is_waiting = false;
    Window window;
    std::vector<Exchange> queue;  ///< wait for room in the window
    std::vector<ChildSa> children;
    std::vector<Making> awaited;  ///< of the peer's CREATE_CHILD_SA: more key exchanges are to come
    MobikeState mobike;
    std::unique_ptr<Negotiation> negotiation;
    std::unique_ptr<Approach>
        approach;  ///< of an initiator until it is established; longer where it was redirected
    std::vector<Assembly> assemblies;
    Instant established, last_heard;
    Instant icmp_heeded_until;             ///< ICMP errors before this time lead to nothing more
    std::vector<Address> inner_addresses;  ///< see IkeEstablished
    IkeSaId reauthenticates{};             ///< the IKE SA whose place this one takes once it is established
    std::optional<Instant> reauth_at, expires_at;
    std::optional<Instant> lifetime_over_at;  ///< of this IKE SA; a successor begins anew
    std::optional<Instant> keepalive_at, rekey_at, retry_at, half_open_at, linger_until;
    Endpoint half_open_from;      ///< of a responder: where IKE_SA_INIT came from
    std::vector<Exchange> retry;  ///< refused with TEMPORARY_FAILURE; asked again at retry_at
    /// Set while a request is answered: the SA ends once the answer is out.
    struct Ending {
        Failure failure{};
        std::string detail;
    };
    std::optional<Ending> ending;
    const Request* concluding = nullptr;  ///< the request whose reply is being looked at
    TimerTable::Slot timer_slot = TimerTable::nowhere;

    // ---- what it is
    IkeSpi own_spi() const { return role == Role::initiator ? spi_i : spi_r; }
    bool decides_paths() const { return first_role == Role::initiator; }
    ChildSa* child(std::uint32_t spi_in);
    ChildSa* child_by_outbound(std::uint32_t spi_out);
    /// The exchange of that kind that is in flight, or nullptr.
    template <class E>
    E* in_flight() {
        for (auto& request : window.in_flight) {
            if (auto* found = std::get_if<E>(&request.exchange)) return found;
        }
        return nullptr;
    }
    /// A new Child SA is being asked for, or is to be.
    bool is_asking_for_child() const;
    /// The peer has said that there is no more of that kind than there is now.
    bool has_all_of(std::string_view kind) const;

    // ---- life (ike_sa.cpp)
    void enter(Turn& turn, Phase next, std::string detail = {});
    /// Ends it: Child SAs leave the data plane, the failure is told.
    void fail(Turn& turn, Failure failure, std::string detail, std::optional<NotifyType> notify = {});
    /// Ends it without a failure.
    void end(Turn& turn, std::string detail);
    /// Tells the peer with a Delete, then ends.
    void close(Turn& turn, std::optional<NotifyType> because = {});
    void ask(Turn& turn, Exchange exchange);
    /// Before all else that waits.
    void ask_first(Turn& turn, Exchange exchange);
    /// Sends what waits, as far as the window allows.
    void pump(Turn& turn);
    void on_deadline(Turn& turn);
    std::optional<Instant> next_deadline() const;
    void schedule_rekey(Turn& turn);
    void install(Turn& turn, ChildSa child, InstallChild keys, bool by_us);
    void remove_child(Turn& turn, std::uint32_t spi_in);

    /// The network complains about what we sent (timing.cpp).
    void on_icmp(Turn& turn);

    // ---- datagrams in (receive.cpp)
    /// The data plane took ESP on one of the Child SAs.
    void on_esp(Turn& turn, std::uint32_t spi_in, const Path& from);
    /// The data plane met a limit of one of the Child SAs.
    void on_limit(Turn& turn, const LimitReached& reached);
    void receive(Turn& turn, const Path& from, const Header& header, ByteView octets);
    // ---- datagrams out (send.cpp)
    /// (Re)sends a request of ours on the SA's path.
    void transmit(Turn& turn, Request& request);
    /// The same octets on another path.
    void send_again(Turn& turn, const Path& to, Request& request);
    std::vector<Bytes> sealed(Turn& turn, const Header& header, const Payloads& payloads);
    Header header(ExchangeType exchange, std::uint32_t message_id, Direction direction) const;
    void trace(Turn& turn, const Path& on, const Header& header, const Payloads& payloads) const;

    // ---- keys (ike_sa.cpp)
    /// Takes the keys of the chosen suite; the error says which part of it crypto refuses.
    Result<bool> take_keys(Turn& turn, IkeKeys keys, ByteView shared_secret, ByteView nonce_i,
                           ByteView nonce_r);

private:
    /// The Delete of an IKE SA comes after the reply to our rekey of it: what the peer made has to go, too.
    bool waits_for_rekey() const;
    bool is_authentic(ByteView octets);
    void receive_request(Turn& turn, const Path& from, const Header& header, ByteView octets);
    void receive_response(Turn& turn, const Path& from, const Header& header, ByteView octets);
    /// The message inside; nothing where it is not whole yet, was refused, or the reason was told already.
    std::optional<std::expected<Message, OpenError>> open(Turn& turn, const Path& from, const Header& header,
                                                          ByteView octets);
    Answer answer(Turn& turn, const Path& from, const Message& message);
    /// Sends an answer, or the notification a refusal owes, and keeps it for a repeated request.
    void reply(Turn& turn, const Path& from, const Header& request, ByteView octets, Answer given);
    void follow(Turn& turn, const Path& from);
    bool is_worn_out(const Turn& turn, const Request& request) const;
    void on_silence(Turn& turn, Request& request);
    void keep_alive(Turn& turn);
    void expire(Turn& turn);
    void say_expired(Turn& turn, const ChildSa& child, std::string_view why) const;
};

IkeState ike_state(Phase phase);
IkeSaStatus status_of(const IkeSa& sa);
/// The exchange that rekeys this Child SA.
ChildExchange rekey_of(const ChildSa& child);

// ---- what requests are answered (exchanges/*.cpp)
Answer answer_auth(IkeSa& sa, Turn& turn, const Message& request);
Answer answer_create_child_sa(IkeSa& sa, Turn& turn, const Message& request);
Answer answer_informational(IkeSa& sa, Turn& turn, const Message& request, const Path& from);

}  // namespace ike::engine
