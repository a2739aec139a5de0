#pragma once
// The largest size that passes a path, found by probes: given which sizes were answered, the next size to try
// and when. The method is RFC 8899 (datagram PLPMTUD): base, search, complete; here an answer is proof and a
// loss is not a verdict. Nothing is sent from here, and a size is whatever the caller counts in (octets of an
// IP packet, of a datagram, of an inner packet).
#include <map>
#include <span>
#include <vector>

#include "libike/base/instant.hpp"
#include "libike/base/octets.hpp"

namespace ike {

/// Sizes that paths are known to have, largest first: RFC 1191 section 7.1 and what PPPoE, tunnels and mobile
/// networks leave today.
std::span<const std::size_t> mtu_plateaus();

struct MtuPolicy {
    std::size_t floor = 576;     ///< the smallest size worth knowing (MIN_PLPMTU)
    std::size_t base = 1200;     ///< expected to pass anywhere (BASE_PLPMTU, RFC 8899 section 5.1.2)
    std::size_t ceiling = 1500;  ///< the largest size that can be sent (MAX_PLPMTU)
    std::size_t step =
        1;  ///< sizes differ by multiples of it: ceiling, ceiling - step, ... (4 where ESP pads)
    unsigned losses = 3;         ///< in a row, at least, before a size counts as too large (MAX_PROBES)
    unsigned losses_limit = 16;  ///< and at most, however lossy the path
    unsigned base_losses = 10;   ///< in a row at the base size before the path counts as silent
    unsigned confirmations = 2;  ///< answers at the size found before the search is over
    /// How often a size that passes may be called too large by chance: with a measured loss rate q, n losses
    /// in a row are demanded so that q^n is less.
    double error = 1e-3;
    Duration timeout = std::chrono::seconds{1};  ///< before a round trip was measured (PROBE_TIMER)
    Duration shortest_timeout = std::chrono::milliseconds{100};
    Duration longest_timeout = std::chrono::seconds{3};
    Duration spacing = std::chrono::milliseconds{5};  ///< between two probes, at least
    std::span<const std::size_t> plateaus = mtu_plateaus();
};

/// RFC 8899 section 5.2, with SEARCHING's last part, in which the answer is confirmed, on its own.
enum class MtuState : std::uint8_t { base, searching, confirming, complete, silent };
std::string_view to_string(MtuState state);

struct MtuProbe {
    std::uint32_t number = 0;  ///< counted from 1
    std::size_t size = 0;
    friend bool operator==(const MtuProbe&, const MtuProbe&) = default;
};

struct MtuResult {
    MtuState state{};
    std::size_t passes = 0;            ///< the largest size answered; 0: none
    std::optional<std::size_t> fails;  ///< the smallest size called too large; nothing: the ceiling passes
    unsigned sent = 0;
    unsigned lost_below = 0;  ///< probes of sizes that pass, lost all the same
    unsigned sent_below = 0;
    unsigned losses_demanded = 0;         ///< in a row, for the verdict on `fails`
    std::optional<std::size_t> reported;  ///< the last "fragmentation needed" size heard of, true or not
    bool path_shrank = false;  ///< a size that had been answered stopped passing: the path changed meanwhile
};

/// One search, one probe out at a time. The caller gives time to step() when deadline() comes, sends the
/// probe it gets, and says what became of it.
class MtuSearch {
public:
    explicit MtuSearch(MtuPolicy policy);

    /// Notices that the probe out was lost; gives the next probe when one is due, which then counts as sent.
    std::optional<MtuProbe> step(Instant now);
    /// An answer, however late: the size passes.
    void answered(std::uint32_t number, Instant now);
    /// The probe out will not be answered, known before its time.
    void lost(std::uint32_t number);
    /// The sender's own stack refused the size (EMSGSIZE): too large, no doubt about it.
    void refused(std::uint32_t number);
    /// An ICMP message names a next-hop size. Where to look next, no more: anyone can forge one (RFC 8899
    /// section 4.6.1).
    void too_big(std::size_t next_hop);

    /// When step() is to be called; nothing when the search is over.
    std::optional<Instant> deadline() const;
    MtuState state() const { return state_; }
    bool over() const { return state_ == MtuState::complete || state_ == MtuState::silent; }
    MtuResult result() const;
    /// The present patience with an answer (RFC 6298's estimate of the round trip within the policy's
    /// bounds).
    Duration timeout() const;

private:
    struct Tally {
        unsigned answered = 0, lost = 0, lost_in_row = 0;
        bool too_large = false, refused = false;
    };
    struct Flight {
        MtuProbe probe;
        Instant sent;
    };
    std::size_t rounded(std::size_t size) const;
    std::size_t limit() const;
    unsigned losses_demanded(std::size_t size) const;
    std::size_t candidate() const;
    std::size_t choose() const;
    void conclude_loss(std::size_t size);
    void pass(std::size_t size);
    void condemn(std::size_t size);
    void shrink();
    void settle();

    MtuPolicy policy_;
    MtuState state_ = MtuState::base;
    std::map<std::size_t, Tally> tallies_;
    std::map<std::uint32_t, Flight> sent_;  ///< the last few, for late answers
    std::optional<std::uint32_t> out_;
    std::size_t passes_ = 0;
    std::size_t fails_;  ///< smallest size called too large; ceiling + step while none is
    bool control_next_ = false;
    std::optional<Instant> not_before_;
    std::optional<Duration> smoothed_, variation_;
    std::optional<std::size_t> hint_;
    std::optional<std::size_t> reported_;
    std::uint32_t last_number_ = 0;
    bool path_shrank_ = false;
};

}  // namespace ike
