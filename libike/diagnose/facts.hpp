#pragma once
// What one capture says about each IKE SA, each ESP flow and the way between: the facts that rules judge.
// Bounded in every direction; what did not fit is counted.
#include <array>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "libike/capture/key_store.hpp"
#include "libike/capture/observation.hpp"

namespace ike::diagnose {

/// Which of the captures, 0 or 1.
using FileIndex = std::uint8_t;

/// Addresses and ports as the packet had them; port 0 for native ESP.
struct Way {
    Endpoint source, destination;
    Way reversed() const { return {destination, source}; }
    friend auto operator<=>(const Way&, const Way&) = default;
};
/// "192.0.2.1:4500", or the address alone where there are no ports.
std::string end_text(const Endpoint& end);
/// "192.0.2.1:4500 > 203.0.113.2:4500"
std::string to_string(const Way& way);

/// One packet, seen once.
struct Sighting {
    std::uint64_t frame = 0;
    EpochTime time{};
    Way way;
    std::uint32_t size = 0;  ///< octets of the IKE message or ESP packet
    std::uint8_t ttl = 0;    ///< or hop limit
    bool ip_fragments = false;
    bool again = false;  ///< the same octets came a moment before, with the same TTL
};
/// True for a TTL that nobody has lowered yet: the capture was taken where the packet was sent.
bool is_fresh_ttl(std::uint8_t ttl);

/// Copies, late packets: how many, and which as far as there is room.
struct Oddity {
    static constexpr std::size_t most = 4096;
    std::uint64_t count = 0;
    std::vector<std::uint64_t> frames;
    void add(std::uint64_t frame) {
        ++count;
        if (frames.size() < most) frames.push_back(frame);
    }
};

/// A request or a response, with all its sendings.
struct MessageFacts {
    static constexpr std::size_t most_sent = 24;
    std::vector<Sighting>
        sent;  ///< each sending (of a fragmented message its first fragment seen), the last ones left out
    std::uint32_t count = 0;        ///< of sendings
    Sighting last;                  ///< sending
    std::uint16_t fragments = 0;    ///< SKF: how many there must be
    std::uint64_t sending = 0;      ///< SKF: the same of the last sending
    std::uint64_t have = 0;         ///< SKF: bit n - 1 for fragment n, of any sending
    bool readable = false;          ///< `payloads` are all there are
    std::vector<Payload> payloads;  ///< without what only takes room: KE data, certificates beyond the first
    bool locked = false;            ///< could not be decrypted
    bool forged = false;            ///< the ICV is wrong
    bool cut = false;               ///< the capture holds only its beginning
    PayloadType begins{};           ///< the first payload
    std::vector<Check> checks;      ///< of AUTH, COOKIE and COOKIE2, where they could be verified

    std::uint32_t copies = 0;  ///< of the sendings, those with `again`

    void note_copy();
    void drop_copies();
    bool seen() const { return count > 0; }
    bool complete() const;  ///< no SKF fragment is missing
    /// Frame 0 where it was never seen.
    const Sighting& first() const { return sent.empty() ? last : sent.front(); }
    template <class T>
    const T* get(PayloadType type = PayloadType::none) const {
        for (const auto& each : payloads) {
            if (type != PayloadType::none && each.type != type) continue;
            if (const auto* body = std::get_if<T>(&each.body)) return body;
        }
        return nullptr;
    }
    const Notify* notify(NotifyType type) const;
    /// "auth", "cookie" or "cookie2", with a result that is known; else nullptr.
    const Check* check(std::string_view what) const;
    /// The first Notify that reports an error (RFC 7296 section 3.10.1), or nullptr.
    const Notify* error() const;
};

/// A request and its response, paired by Message ID and direction. IKE_SA_INIT has one for each request that
/// differs.
struct Exchange {
    ExchangeType type{};
    std::uint32_t message_id = 0;
    bool from_initiator = true;  ///< the request, of the IKE SA's original initiator
    MessageFacts request, response;
    bool answered() const { return response.seen(); }
    /// From the first sending of the request to the first of the response.
    std::optional<std::chrono::nanoseconds> round_trip() const;
    /// What the exchange is about, as "IKE_AUTH request 1".
    std::string name() const;
    bool is_update() const { return request.notify(NotifyType::update_sa_addresses) != nullptr; }
};

/// The IKE messages between two endpoints.
struct PathUse {
    Endpoint initiator, responder;
    Sighting first, last;
    std::uint32_t from_initiator = 0, from_responder = 0;  ///< messages
    std::uint64_t answered_frame = 0;                      ///< first message from the responder
};

/// A Child SA whose making was read.
struct ChildFacts {
    std::uint32_t spi_i = 0, spi_r = 0;  ///< on packets to the IKE SA's initiator, and to its responder
    Sighting made, gone;                 ///< gone.frame 0: never deleted
    std::uint32_t rekeys = 0;            ///< SPI it replaces, 0: none
    std::string suite, selectors;
    bool transport = false;
};

/// Certificates as far as authentication is explained by them.
struct CertificateFacts {
    bool from_initiator = false;
    std::uint64_t frame = 0;
    std::string subject, issuer;
    std::int64_t not_before = 0, not_after = 0;
    bool names_identity = true;  ///< the ID payload of the same message
    std::string identity;
    bool self_signed = false, leaf = false;
};

struct IkeSaFacts {
    static constexpr std::size_t most_exchanges = 160, most_paths = 16, most_children = 64;
    SpiPair spis;
    Way begun;  ///< initiator to responder, as first seen
    Sighting first, last;
    bool init_seen = false, established = false;
    std::vector<Exchange> exchanges;
    std::uint32_t dropped_exchanges = 0;
    std::vector<PathUse> paths;
    std::vector<ChildFacts> children;
    std::vector<CertificateFacts> certificates;
    std::array<std::vector<std::array<std::uint8_t, 20>>, 2>
        trusted;                                    ///< CERTREQ hashes of initiator, responder
    std::uint32_t opened = 0, locked = 0, bad = 0;  ///< messages with SK: by the ICV
    Oddity closed, wrong;                           ///< which: could not be opened, have a wrong ICV
    std::string obstacle;
    std::optional<SpiPair> rekeyed_from, rekeyed_to;
    Sighting deleted;                          ///< frame 0: not seen
    std::array<std::uint64_t, 2> last_from{};  ///< frame: of initiator, of responder
    std::array<EpochTime, 2> last_time{};
    std::string initiator_id, responder_id, wanted_responder_id;
    std::string suite;
    std::optional<bool> mobike_i, mobike_r;  ///< MOBIKE_SUPPORTED in IKE_AUTH, where it could be read
    bool version1 = false;
    std::string name() const;  ///< "1122334455667788:99aabbccddeeff00"
    bool readable() const { return opened > 0; }
};

/// Sequence numbers that are missing.
struct Gap {
    std::uint64_t first = 0, count = 0;  ///< numbers
    std::uint64_t frame = 0;             ///< of the packet after it
    EpochTime before{}, after{};
};
/// ESP of one SPI on one way, until another way is taken.
struct Leg {
    Way way;
    Sighting first, last;
    std::uint64_t packets = 0, octets = 0;
    std::uint32_t largest = 0;
    Sighting last_large;  ///< latest packet as large as the largest, give or take an eighth
};
/// Echo requests of one size, and their replies (in the flow the other way).
struct EchoCount {
    std::uint32_t requests = 0, replies = 0;
};
/// Packets in a slice of time, for drawing.
struct Rate {
    static constexpr std::size_t slices = 120;
    EpochTime begin{};
    std::chrono::nanoseconds width{std::chrono::milliseconds{100}};
    std::vector<std::uint32_t> packets;
    void add(EpochTime time);
    /// Packets in slices that begin after `time`.
    std::uint64_t after(EpochTime time) const;
    /// The beginning of the first slice after `time` that has packets; `time` where there is none.
    EpochTime next(EpochTime time) const;
};

/// The packets of one ESP (or AH) SPI.
struct EspFlow {
    static constexpr std::size_t most_legs = 32, most_gaps = 64, most_sizes = 64;
    std::uint32_t spi = 0;
    bool ah = false;
    std::vector<Leg> legs;  ///< in order
    Sighting first, last;
    std::uint64_t packets = 0, unique = 0;
    std::uint64_t lowest = 0, highest = 0;
    std::vector<Gap> gaps;
    Oddity duplicates, replays, reordered, restarts, bad;
    std::uint64_t worst_delay = 0;  ///< how many numbers behind the highest the latest packet came
    std::uint64_t opened = 0, locked = 0;
    std::string obstacle;
    std::map<std::uint32_t, EchoCount> echoes;  ///< by length of the inner packet
    Sighting first_request;                     ///< echo; frame 0: none
    std::uint64_t conversational = 0;  ///< inner packets that want an answer: ICMP echo requests, TCP
    std::uint64_t other_inner = 0;
    std::uint16_t largest_mss = 0;
    std::uint64_t mss_frame = 0;
    std::uint32_t syn_count = 0;
    Rate rate;
    std::uint64_t missing() const { return unique == 0 ? 0 : highest - lowest + 1 - unique; }
};

/// An ICMP error about IPsec traffic.
struct IcmpFacts {
    Sighting seen;
    enum class Kind : std::uint8_t {
        too_big,
        port_unreachable,
        unreachable,
        prohibited,
        time_exceeded
    } kind{};
    std::uint32_t mtu = 0;
    Way about;  ///< of the packet it quotes
    std::uint8_t protocol = 0;
    std::uint32_t spi = 0;
    std::uint32_t count = 1;
    EpochTime last{};  ///< the same error came
    Oddity all;        ///< those that are the same
};

/// IP fragments of one packet.
struct FragmentedPacket {
    Address source, destination;
    std::uint32_t identification = 0;
    std::uint8_t protocol = 0;
    Sighting first, last;
    std::uint32_t pieces = 0;
    bool has_first = false, has_last = false, complete = false;
    std::uint32_t largest = 0;  ///< IP packet
    static constexpr std::size_t most_parts = 64;
    std::vector<std::pair<std::uint32_t, std::uint32_t>>
        parts{};  ///< octets from, to: the capture may have cut them off
};

/// Values that must not come twice.
struct Repeated {
    enum class What : std::uint8_t { nonce, ke, spi } what{};
    std::uint64_t first_frame = 0, frame = 0;
    std::string sa, other_sa;
};

/// IKE_SA_INIT requests to one responder that went no further, in a window of time.
struct HalfOpenBurst {
    Address responder;
    std::uint64_t begun = 0, continued = 0, sources = 0, cookies = 0;
    EpochTime first{}, last{};
    std::vector<std::uint64_t> frames;
};

/// All about one capture.
struct Facts {
    FileIndex file = 0;
    std::uint64_t frames = 0, ike = 0, esp = 0, doubled = 0;
    EpochTime begin{}, end{};
    bool keys_given = false;
    std::vector<IkeSaFacts> sas;  ///< those still held, in the order they began
    std::vector<EspFlow> flows;
    std::vector<IcmpFacts> icmp;
    std::vector<FragmentedPacket> fragmented;
    std::vector<Repeated> repeated;
    std::vector<HalfOpenBurst> half_open;
    Oddity cut;         ///< packets of which the capture holds less than there was
    Oddity markerless;  ///< IKE on port 4500 without non-ESP marker
    std::uint64_t forgotten_sas = 0, forgotten_flows = 0;

    /// Flows of an SA by endpoints alone, as positions in `flows`.
    struct Guess {
        std::vector<std::size_t> forth, back;
    };
    std::vector<Guess> guesses;  ///< one for each of `sas`; made by index_flows()
    std::unordered_map<std::uint32_t, std::size_t> flow_index;

    const EspFlow* flow(std::uint32_t spi) const;
};

}  // namespace ike::diagnose
