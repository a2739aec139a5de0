#pragma once
// The two kinds of probes. Both know which sizes they can have, send one, and tell what became of those sent.
#include <memory>
#include <vector>

#include "tools/ikemtu/rig.hpp"

/// Sizes are octets of the IP packet: smallest, smallest + step, and so on.
struct ProbeShape {
    std::size_t smallest = 0, step = 1;
    ike::Address::Family family{};
    ike::Outer outer{};
};
struct ProbeVerdict {
    std::uint32_t number = 0;
    std::size_t size = 0;
    std::optional<ike::Instant> answered;  ///< nothing: lost
    bool fragmented = false;               ///< answered, but in IP fragments: the size does not pass back
};

/// Echo requests in the tunnel, DF set on the outside. Those to the gateway alone are small inside and have
/// TFC padding (RFC 4303 section 2.7), so that their answers are small. An answer in IP fragments is none.
class EspProbes {
public:
    static ike::Result<std::unique_ptr<EspProbes>> open(Rig& rig, Tunnel& tunnel, Quest quest,
                                                        std::optional<ike::Address> ping);
    ~EspProbes();
    EspProbes(const EspProbes&) = delete;
    EspProbes& operator=(const EspProbes&) = delete;

    const ProbeShape& shape() const { return shape_; }
    void send(const ike::MtuProbe& probe);
    void see(ike::Instant, const ike::Event&) {}
    void see(const ike::io::InnerArrival& arrival);
    void see(const ike::io::DatagramSeen& seen) { fragment_ = seen.sent ? fragment_ : seen.fragment; }
    bool busy() const { return false; }
    bool dead() const { return !tunnel_.is_up(); }
    bool has_news() const { return !news_.empty(); }
    std::vector<ProbeVerdict> take() { return std::exchange(news_, {}); }

private:
    EspProbes(Tunnel& tunnel, Quest quest, ike::Address from, ike::Address to, std::uint16_t identifier)
        : tunnel_{tunnel}, quest_{quest}, from_{from}, to_{to}, identifier_{identifier} {}
    Tunnel& tunnel_;
    Quest quest_;
    ike::Address from_, to_;
    std::uint16_t identifier_;
    ProbeShape shape_;
    ike::EspCost cost_;
    std::map<std::uint64_t, std::size_t> sizes_;
    std::size_t fragment_ = 0;  ///< of the datagram that came in last
    std::vector<ProbeVerdict> news_;
};

/// INFORMATIONAL requests with a padding notify of a private status type, which receivers must ignore (RFC
/// 7296 section 3.10.1). The first sending has DF set; retransmissions may be fragmented, so that the
/// exchange, which cannot be given up, comes to its end.
class IkeProbes {
public:
    static ike::Result<std::unique_ptr<IkeProbes>> open(Rig& rig, Tunnel& tunnel, Quest quest,
                                                        std::optional<ike::Address> ping);

    const ProbeShape& shape() const { return shape_; }
    void send(const ike::MtuProbe& probe);
    void see(ike::Instant now, const ike::Event& event);
    void see(const ike::io::InnerArrival&) {}
    void see(const ike::io::DatagramSeen&) {}
    /// An exchange is open: the next probe has to wait.
    bool busy() const { return pending_.has_value(); }
    bool dead() const { return !tunnel_.is_up(); }
    bool has_news() const { return !news_.empty(); }
    std::vector<ProbeVerdict> take() { return std::exchange(news_, {}); }

private:
    explicit IkeProbes(Tunnel& tunnel) : tunnel_{tunnel} {}
    Tunnel& tunnel_;
    ProbeShape shape_;
    std::size_t fixed_ = 0;  ///< octets of the IP packet that are not padded content
    std::optional<ike::MtuProbe> pending_;
    bool again_ = false;  ///< the pending one was sent again
    std::vector<ProbeVerdict> news_;
};
