#pragma once
// IKE and ESP in TCP (RFC 9329): streams put together from segments, and taken apart into messages.
#include "libike/capture/aging_map.hpp"
#include "libike/capture/packet.hpp"

namespace ike {

/// Follows each direction of the connections that carry IKE: those that begin with the stream prefix
/// "IKETCP" or a framed IKE message, however these are cut and ordered where the SYN was seen; where the
/// capture begins later, from the first segment on that begins with one. Bounded in connections and in
/// octets; what was lost is stepped over to the next segment that begins with a message.
class TcpStreams {
public:
    /// One message of a stream, without its length: IKE behind a non-ESP marker, ESP, or a keepalive.
    struct Unit {
        ByteView octets;
    };
    TcpStreams();
    /// Takes a segment. True where its connection is known to carry IKE.
    bool add(const Packet& packet);
    /// The next message that is complete; the view stays valid until the next call of either function.
    std::optional<Unit> next();

private:
    struct Early {
        std::uint32_t sequence;
        Bytes data;
    };
    struct Flow {
        bool is_ike = false;         ///< what it begins with said so; until then it may be anything
        std::uint32_t expected = 0;  ///< sequence number of the next octet
        Bytes held;                  ///< in order, not given out yet
        std::vector<Early> early;    ///< behind a gap
        std::size_t early_octets = 0;
    };
    struct Key {
        Endpoint source, destination;
        std::uint32_t file = 0;  ///< several captures may have seen the same segments
        bool operator==(const Key&) const = default;
    };
    struct KeyHash {
        std::size_t operator()(const Key& key) const noexcept {
            return (std::hash<Endpoint>{}(key.source) * 1099511628211u ^
                    std::hash<Endpoint>{}(key.destination)) +
                   key.file;
        }
    };
    Flow* begin(const Key& key, const TcpSegment& segment);
    /// Whether the flow is to be followed on, after what came last.
    static bool decide(Flow& flow);
    void insert(Flow& flow, std::uint32_t sequence, ByteView data);
    void join_early(Flow& flow);
    void give_up_gap(Flow& flow);
    AgingMap<Key, Flow, KeyHash> flows_;
    AgingMap<Key, std::uint32_t, KeyHash> beginnings_;  ///< of connections: the first octet's number
    Flow* current_ = nullptr;                           ///< of the last segment
    std::size_t given_ = 0;                             ///< octets of current_->held given out
};

}  // namespace ike
