#pragma once
// The inner side of a tunnel where there is no TUN device: a host that answers ICMP echo, and probes that
// show what the tunnel does to traffic. Packets are IPv4 or IPv6 from their first octet on; nothing here
// allocates for each packet but where it says so.
#include <string_view>
#include <vector>

#include "libike/base/address.hpp"
#include "libike/base/instant.hpp"

namespace ike::inner {

/// Answers echo requests in place, as a host with these addresses would (RFC 792, RFC 4443 section 4.2).
class EchoResponder {
public:
    /// No addresses: every destination is ours.
    explicit EchoResponder(std::vector<Address> addresses = {}) : addresses_{std::move(addresses)} {}
    enum class Verdict : std::uint8_t {
        answered,      ///< `packet` is the reply now, of the same size
        not_ours,      ///< another destination
        not_echo,      ///< not an echo request, or a fragment
        bad_checksum,  ///< of the IPv4 header or of ICMP
        malformed,     ///< no IPv4 or IPv6 packet, or shorter than it says
    };
    Verdict answer(MutableBytes packet);
    std::uint64_t answered() const { return answered_; }
    std::uint64_t ignored() const { return ignored_; }

private:
    Verdict judge(MutableBytes packet) const;
    std::vector<Address> addresses_;
    std::uint64_t answered_ = 0, ignored_ = 0;
};
std::string_view to_string(EchoResponder::Verdict verdict);

/// An echo request of ours. The data of the ICMP message carry `number` and `sent`, then octets that count
/// up.
struct Probe {
    Address source, destination;  ///< of one family
    std::uint16_t identifier = 0;
    std::uint64_t number = 0;  ///< its low 16 bits are the ICMP sequence number
    Instant sent;
    std::size_t size = 84;  ///< of the whole inner packet; raised to smallest_probe()
};
/// Octets of the smallest inner packet that carries a Probe: 44 and 64.
std::size_t smallest_probe(Address::Family family);
/// Writes the request to `out` and gives its size; 0 when `out` is too small, the families differ, or the
/// size is beyond 65535.
std::size_t write_request(const Probe& probe, MutableBytes out);
/// The same in octets of its own.
Bytes request(const Probe& probe);
/// A reply to a Probe, checksums right; `source` and `destination` are the reply's. Nothing for whatever else
/// it is.
std::optional<Probe> read_reply(ByteView packet);

/// What a router says of a packet that does not fit: ICMP "fragmentation needed" (RFC 1191 section 4) or
/// ICMPv6 "packet too big" (RFC 4443 section 3.2) with `mtu`, from the packet's destination to its source;
/// the latter is at least 1280. Empty where no error may be sent: about ICMP errors, later fragments,
/// multicast, what is no IP packet.
Bytes packet_too_big(ByteView packet, std::size_t mtu);

/// Sends probes on a fixed schedule and keeps account of what came back. One octet of memory a probe.
class Prober {
public:
    struct Settings {
        Address source, destination;
        std::uint16_t identifier = 1;
        std::size_t size = 84;
        Duration interval = std::chrono::milliseconds{10};
        Duration late = std::chrono::seconds{1};  ///< an answer after this long counts as late, not as lost
    };
    struct Account {
        std::uint64_t sent = 0, answered = 0, late = 0, duplicates = 0, reordered = 0;
        Duration shortest{}, longest{}, sum{};  ///< round trips of the first answers
        Duration longest_gap{};                 ///< between the arrivals of two successive answers
        std::optional<Instant> last_answer;
        std::uint64_t lost() const { return sent - answered; }
        Duration mean() const {
            return answered == 0 ? Duration{} : sum / static_cast<std::int64_t>(answered);
        }
    };
    /// The first probe is due at `first`.
    Prober(Settings settings, Instant first) : settings_{std::move(settings)}, due_{first} {}
    /// When the next probe is due.
    Instant due() const { return due_; }
    /// Writes the probe that is due and moves on by one interval, however late `now` is; 0 before its time,
    /// or when `out` is too small (then it counts as sent all the same: the schedule is fixed).
    std::size_t write_if_due(Instant now, MutableBytes out);
    /// True when the inner packet answers one of ours.
    bool take(Instant now, ByteView packet);
    const Account& account() const { return account_; }
    const Settings& settings() const { return settings_; }
    /// Numbers (from 0) of probes sent in [from, to) that no answer came to.
    std::vector<std::uint64_t> unanswered(std::uint64_t from, std::uint64_t to) const;
    /// When probe `number` was due.
    Instant due_at(std::uint64_t number) const;

private:
    Settings settings_;
    Instant due_;
    Account account_;
    std::optional<std::uint64_t> highest_;
    std::vector<std::uint8_t> answers_;  ///< by number, 255 at most
};

}  // namespace ike::inner
