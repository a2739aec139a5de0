#include "tools/ikereplay/replay.hpp"

#include <algorithm>

#include "libike/io/host.hpp"
#include "libike/io/udp_sockets.hpp"
#include "tools/ikereplay/compare.hpp"
#include "tools/ikereplay/show.hpp"

using namespace ike;

namespace {

constexpr std::uint8_t non_esp_marker[4] = {};  // RFC 3948 section 2.2

class Replay {
public:
    Replay(const Recording& recording, const ReplayPlan& plan, Output& output)
        : recording_{recording}, plan_{plan}, output_{output} {
        for (const auto& recorded : recording.messages)
            if (recorded.by_initiator)
                report_.datagrams.push_back({.recorded = &recorded,
                                             .sent = {},
                                             .problem = {},
                                             .answered = {},
                                             .answer = {},
                                             .differences = {}});
    }

    Result<bool> open(io::Loop& loop) {
        auto local = plan_.local;
        if (!local) {
            const auto source = io::source_for(plan_.gateway);
            if (!source) return std::unexpected{source.error()};
            local = *source;
        }
        local_ = *local;
        auto sockets = io::UdpSockets::open(
            loop, {.local = {local_}, .ike_port = 0, .nat_port = 0},
            {.received = [this](Instant now, io::ReceivedDatagram datagram) { receive(now, datagram); },
             .error = {},
             .batch_done = {}});
        if (!sockets) return std::unexpected{sockets.error()};
        sockets_.emplace(std::move(*sockets));
        return true;
    }

    ReplayReport run(io::Loop& loop) {
        const auto begin = io::now();
        for (std::size_t i = 0; i < report_.datagrams.size(); ++i) {
            if (!wait_until(loop, begin + offset(report_.datagrams[i]))) return std::move(report_);
            send(report_.datagrams[i]);
        }
        wait_until(loop, io::now() + plan_.wait);
        return std::move(report_);
    }

private:
    Duration offset(const Replayed& datagram) const {
        const auto since = between(report_.datagrams.front().recorded->time, datagram.recorded->time);
        return std::chrono::duration_cast<Duration>(std::chrono::duration<double, std::nano>{
            std::max(0.0, static_cast<double>(since.count()) / plan_.speed)});
    }
    /// False when the user wants an end, or nothing more can come.
    bool wait_until(io::Loop& loop, Instant when) {
        const auto ended = loop.run_until([&] { return all_sent() && all_answered(); }, when);
        report_.interrupted |= ended == io::Ended::interrupted;
        return ended == io::Ended::deadline;
    }
    bool all_sent() const {
        return std::all_of(report_.datagrams.begin(), report_.datagrams.end(),
                           [](const Replayed& each) { return each.sent || !each.problem.empty(); });
    }
    bool all_answered() const {
        return std::all_of(report_.datagrams.begin(), report_.datagrams.end(), [](const Replayed& each) {
            return each.recorded->message.header.is_response() || each.answered;
        });
    }
    void send(Replayed& datagram) {
        const auto& recorded = *datagram.recorded;
        const Path path{{local_, recorded.marker ? sockets_->nat_port() : sockets_->ike_port()},
                        {plan_.gateway, recorded.marker ? plan_.nat_port : plan_.ike_port}};
        auto octets = recorded.marker ? concat(non_esp_marker, recorded.octets) : recorded.octets;
        const auto sent = sockets_->send(path, octets);
        if (sent)
            datagram.sent = io::now();
        else
            datagram.problem = sent.error().what;
        show_sent(output_, datagram, path);
    }
    void receive(Instant now, const io::ReceivedDatagram& datagram) {
        ByteView octets = datagram.octets;
        if (octets.size() > 4 && equal(octets.first(4), non_esp_marker)) octets = octets.subspan(4);
        const auto read = read_message(octets);
        if (!read || read->message.header.major() != 2) return;
        auto* asked = request_of(read->message.header);
        if (asked == nullptr) {
            ++report_.unasked;
            show_unasked(output_, now, read->message, datagram.path);
            return;
        }
        if (asked->answered) return;  // a repetition
        asked->answered = now;
        asked->answer = read->message;
        const auto* captured = captured_answer(recording_, *asked);
        if (captured != nullptr) asked->differences = compare_on_wire(*captured, read->message);
        show_answer(output_, *asked, captured);
    }
    /// The last sent request that a response answers.
    Replayed* request_of(const Header& header) {
        if (!header.is_response()) return nullptr;
        for (auto each = report_.datagrams.rbegin(); each != report_.datagrams.rend(); ++each) {
            const auto& asked = each->recorded->message.header;
            if (each->sent && !asked.is_response() && asked.message_id == header.message_id &&
                asked.initiator_spi == header.initiator_spi)
                return &*each;
        }
        return nullptr;
    }
    /// What is encrypted in the live answer cannot be opened: the captured one is compared closed too.
    static std::vector<std::string> compare_on_wire(const Recorded& captured, const Message& live) {
        const auto closed = read_message(captured.octets);
        return closed ? compare(closed->message, live)
                      : std::vector<std::string>{"captured one cannot be read"};
    }

    const Recording& recording_;
    const ReplayPlan& plan_;
    Output& output_;
    Address local_;
    std::optional<io::UdpSockets> sockets_;
    ReplayReport report_;
};

}  // namespace

bool ReplayReport::same() const {
    return std::all_of(datagrams.begin(), datagrams.end(), [](const Replayed& each) {
        return !each.recorded->answer || (each.answered && each.differences.empty());
    });
}

Result<ReplayReport> replay(io::Loop& loop, const Recording& recording, const ReplayPlan& plan,
                            Output& output) {
    Replay replay{recording, plan, output};
    if (const auto opened = replay.open(loop); !opened) return std::unexpected{opened.error()};
    return replay.run(loop);
}
