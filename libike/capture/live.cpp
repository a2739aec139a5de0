#include "libike/capture/live.hpp"

#include <fmt/format.h>
#include <pcap/pcap.h>
#include <poll.h>

namespace ike {
namespace {

constexpr int snap_length = 262144;
constexpr int patience_ms = 100;
constexpr int buffer_octets = 8 << 20;

}  // namespace

struct LiveCapture::State {
    ~State() {
        if (pcap != nullptr) pcap_close(pcap);
    }
    /// Whether something came within a while; a signal ends the waiting.
    bool wait() const {
        pollfd ready{pcap_get_selectable_fd(pcap), POLLIN, 0};
        return ::poll(&ready, 1, patience_ms) > 0;
    }
    pcap_t* pcap = nullptr;
    std::uint64_t count = 0;
    std::uint64_t nanoseconds_per_tick = 1000;
    LinkType link{};
    std::optional<std::string> error;
};

LiveCapture::LiveCapture(std::unique_ptr<State> state) : state_{std::move(state)} {}
LiveCapture::LiveCapture(LiveCapture&&) noexcept = default;
LiveCapture& LiveCapture::operator=(LiveCapture&&) noexcept = default;
LiveCapture::~LiveCapture() = default;
const std::optional<std::string>& LiveCapture::error() const { return state_->error; }

Result<LiveCapture> LiveCapture::open(const std::string& interface, const std::string& filter) {
    char why[PCAP_ERRBUF_SIZE] = {};
    auto state = std::make_unique<State>();
    auto* pcap = state->pcap = pcap_create(interface.c_str(), why);
    if (pcap == nullptr) return failure(fmt::format("cannot capture on {}: {}", interface, why));
    pcap_set_snaplen(pcap, snap_length);
    pcap_set_timeout(pcap, patience_ms);
    pcap_set_buffer_size(pcap, buffer_octets);
    pcap_set_immediate_mode(pcap, 1);
    const bool fine = pcap_set_tstamp_precision(pcap, PCAP_TSTAMP_PRECISION_NANO) == 0;
    if (fine) state->nanoseconds_per_tick = 1;
    if (const int status = pcap_activate(pcap); status < 0) {
        const bool permission = status == PCAP_ERROR_PERM_DENIED || status == PCAP_ERROR_PROMISC_PERM_DENIED;
        return failure(fmt::format("cannot capture on {}: {}", interface, pcap_statustostr(status)),
                       permission ? "capturing needs root or CAP_NET_RAW" : "ip link shows the interfaces");
    }
    state->link = static_cast<LinkType>(pcap_datalink(pcap));
    if (!filter.empty()) {
        bpf_program program{};
        if (pcap_compile(pcap, &program, filter.c_str(), 1, PCAP_NETMASK_UNKNOWN) != 0) {
            return failure(fmt::format("cannot use the filter \"{}\": {}", filter, pcap_geterr(pcap)));
        }
        const int set = pcap_setfilter(pcap, &program);
        pcap_freecode(&program);
        if (set != 0)
            return failure(fmt::format("cannot use the filter \"{}\": {}", filter, pcap_geterr(pcap)));
    }
    if (pcap_setnonblock(pcap, 1, why) != 0)
        return failure(fmt::format("cannot capture on {}: {}", interface, why));
    return LiveCapture{std::move(state)};
}

std::optional<Frame> LiveCapture::next() {
    if (state_->error) return std::nullopt;
    pcap_pkthdr* header = nullptr;
    const std::uint8_t* octets = nullptr;
    int got = pcap_next_ex(state_->pcap, &header, &octets);
    // libpcap's own waiting on Linux goes on until a packet comes, signals or not.
    if (got == 0 && state_->wait()) got = pcap_next_ex(state_->pcap, &header, &octets);
    if (got < 0) state_->error = pcap_geterr(state_->pcap);
    if (got != 1) return std::nullopt;
    const auto nanoseconds = static_cast<std::int64_t>(header->ts.tv_sec) * 1'000'000'000 +
                             static_cast<std::int64_t>(header->ts.tv_usec) *
                                 static_cast<std::int64_t>(state_->nanoseconds_per_tick);
    const EpochTime time{std::chrono::nanoseconds{nanoseconds}};
    return Frame{++state_->count, time, state_->link, {octets, header->caplen}, header->len};
}

std::uint64_t LiveCapture::dropped() const {
    pcap_stat counts{};
    return pcap_stats(state_->pcap, &counts) == 0 ? counts.ps_drop : 0;
}

}  // namespace ike
