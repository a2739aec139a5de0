// Ten thousand IKE SAs with a Child SA each in one responder: what each costs in memory, what a timer costs
// among so many against one alone, and what a MOBIKE update costs against an empty INFORMATIONAL exchange.
// The initiators are an engine of their own, whose memory and time do not count.
#include <fmt/core.h>
#include <malloc.h>

#include <array>
#include <cstdlib>

#include "libike/engine/data_plane.hpp"
#include "tests/bench/pair.hpp"

namespace {

using namespace ike;
using namespace std::chrono_literals;

constexpr std::uint32_t peers = 10'000;
constexpr std::uint32_t a_few = 100;
constexpr std::uint32_t moves = 2'000;
constexpr Duration liveness = 30s;

[[noreturn]] void broken(const char* what) {
    fmt::print(stderr, "bench_many: {}\n", what);
    std::exit(3);
}
std::size_t heap() { return mallinfo2().uordblks; }

/// Datagrams on their way, in memory that is there from the start: what the heap holds beside it is the
/// engines'.
class Wire {
public:
    void put(const Datagram& datagram) {
        if (count_ == slots_.size() || datagram.octets.size() > slots_[0].octets.size())
            broken("the wire is full");
        auto& slot = slots_[count_++];
        slot.path = {datagram.path.remote, datagram.path.local};
        slot.size = datagram.octets.size();
        std::ranges::copy(datagram.octets, slot.octets.begin());
    }
    bool is_empty() const { return count_ == 0; }
    /// The youngest first: with one exchange at a time there is one.
    Datagram take() {
        const auto& slot = slots_[--count_];
        return {slot.path, to_bytes(ByteView{slot.octets}.first(slot.size)), Carrier::udp};
    }
    void clear() { count_ = 0; }

private:
    struct Slot {
        Path path;
        std::size_t size = 0;
        std::array<std::uint8_t, 1500> octets{};
    };
    std::array<Slot, 8> slots_;
    std::size_t count_ = 0;
};

EngineConfig config(bool responds) {
    EngineConfig made;
    made.respond = responds;
    made.cookie_threshold = peers;
    const auto mine = responds ? "gateway.example" : "roamer.example";
    const auto theirs = responds ? "roamer.example" : "gateway.example";
    auto peer = bench::psk_peer(mine, theirs, "aes128gcm16-prfsha256-x25519");
    peer.esp_proposals = parse_proposals(ProtocolId::esp, "aes128gcm16").value();
    peer.send_initial_contact = false;  // they all have one name
    peer.timers.liveness = responds ? liveness : Duration{};
    peer.timers.nat_keepalive = Duration{};
    peer.timers.retransmit.initial = peer.timers.retransmit.limit =
        1h;  // unanswered checks are not repeated here
    made.peers.push_back(std::move(peer));
    return made;
}

Address address(std::uint32_t number) {
    return Address::v4({10, static_cast<std::uint8_t>(number >> 16), static_cast<std::uint8_t>(number >> 8),
                        static_cast<std::uint8_t>(number)});
}
const Endpoint gateway{Address::v4({203, 0, 113, 2}), 500};

enum class Esp : std::uint8_t { leave_out, install };

/// A responder with its data plane, and the initiators.
class Crowd {
public:
    explicit Crowd(Esp esp, EngineConfig responder = config(true))
        : esp_{esp}, initiators_{config(false), 1}, responder_{std::move(responder), 2} {}

    void establish(std::uint32_t number) {
        at_initiators(Initiate{0, {{address(number), 500}, gateway}});
        run();
    }
    void at_initiators(const Input& input) { post(initiators_.step(now_, input)); }
    void at_responder(const Input& input) {
        const auto before = heap();
        {
            auto out = responder_.step(now_, input);
            deadline_ = out.deadline;
            if (esp_ == Esp::install) {
                for (auto& change : out.data_plane) plane_.apply(std::move(change));
            }
            post(out);
        }
        held_ += static_cast<std::ptrdiff_t>(heap()) - static_cast<std::ptrdiff_t>(before);
    }
    void run() {
        while (!wire_.is_empty()) {
            auto datagram = wire_.take();
            const bool to_gateway = datagram.path.local.address == gateway.address;
            if (to_gateway) {
                at_responder(Received{std::move(datagram)});
            } else {
                at_initiators(Received{std::move(datagram)});
            }
        }
    }
    /// CPU seconds of the responder for each of its timers, all due in one sweep of time.
    double sweep(std::uint32_t count) {
        const auto before = responder_.watch.seconds();
        for (std::uint32_t i = 0; i < count; ++i) {
            if (!deadline_) broken("no timer runs");
            now_ = std::max(now_, *deadline_);
            auto out = responder_.step(now_, DeadlinePassed{});
            deadline_ = out.deadline;
            wire_.clear();
        }
        return (responder_.watch.seconds() - before) / count;
    }
    std::size_t held() const { return static_cast<std::size_t>(held_); }
    std::size_t count() const { return responder_.engine.status().size(); }
    double responder_seconds() const { return responder_.watch.seconds(); }
    void pass(Duration time) { now_ += time; }

private:
    void post(const Outbox& out) {
        for (const auto& datagram : out.datagrams) wire_.put(datagram);
    }
    Esp esp_;
    bench::Side initiators_, responder_;
    DataPlane plane_;
    Wire wire_;
    Instant now_{};
    std::optional<Instant> deadline_;
    std::ptrdiff_t held_ = 0;
};

std::size_t memory(Esp esp) {
    auto crowd = std::make_unique<Crowd>(esp);
    for (std::uint32_t i = 1; i <= peers; ++i) crowd->establish(i);
    if (crowd->count() != peers) broken("not all SAs came about");
    return crowd->held() / peers;
}

/// CPU seconds of a liveness timer among so many SAs, each with a deadline of its own.
double timer(std::uint32_t count) {
    auto crowd = std::make_unique<Crowd>(Esp::leave_out);
    for (std::uint32_t i = 1; i <= count; ++i) {
        crowd->establish(i);
        crowd->pass(1ms);
    }
    return crowd->sweep(count);
}

/// Seconds of CPU that a responder takes for `begin` and all that follows, each of `moves` times.
template <class Begin>
double exchange(bool return_routability, Begin&& begin) {
    auto settings = config(true);
    settings.peers[0].mobike.return_routability = return_routability;
    auto crowd = std::make_unique<Crowd>(Esp::install, std::move(settings));
    for (std::uint32_t i = 1; i <= moves; ++i) crowd->establish(i);
    const auto before = crowd->responder_seconds();
    for (std::uint32_t i = 1; i <= moves; ++i) {
        crowd->at_initiators(begin(i));
        crowd->run();
    }
    return (crowd->responder_seconds() - before) / moves;
}

}  // namespace

int main() {
    const auto engine = memory(Esp::leave_out), both = memory(Esp::install);
    fmt::print("{} established IKE SAs with one Child SA each in one responder\n", peers);
    fmt::print("  heap for each, idle: {} octets: {} in the engine, {} in the data plane\n", both, engine,
               both - engine);

    const auto among = timer(peers), few = timer(a_few);
    fmt::print(
        "  a liveness timer that fires and sends its request: {:.2f} us among {} SAs, {:.2f} us among {}\n",
        1e6 * among, peers, 1e6 * few, a_few);

    const auto move = [](std::uint32_t i) -> Input {
        return MoveTo{IkeSaId{i}, address(i + (std::uint32_t{1} << 20)), {}};
    };
    const auto check = [](std::uint32_t i) -> Input { return CheckLiveness{IkeSaId{i}}; };
    const auto proven = exchange(true, move), trusted = exchange(false, move), empty = exchange(true, check);
    fmt::print("responder's CPU for an exchange, {} SAs in turn\n", moves);
    fmt::print(
        "  MOBIKE update with return routability check {:.1f} us ({:.2f} of an empty INFORMATIONAL "
        "exchange)\n",
        1e6 * proven, proven / empty);
    fmt::print("  MOBIKE update that is trusted               {:.1f} us ({:.2f})\n", 1e6 * trusted,
               trusted / empty);
    fmt::print("  empty INFORMATIONAL                         {:.1f} us\n", 1e6 * empty);
}
