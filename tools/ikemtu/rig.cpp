#include "tools/ikemtu/rig.hpp"

using namespace ike;

std::optional<ByteView> ike_octets(const io::DatagramSeen& seen) {
    if (seen.carrier != Carrier::udp) return std::nullopt;
    constexpr std::uint8_t marker[4] = {};  // RFC 3948 section 2.2
    auto octets = seen.octets;
    if (octets.size() > 4 && equal(octets.first(4), marker)) octets = octets.subspan(4);
    const auto header = read_header(octets);
    if (!header || header->major() != 2 || header->length != octets.size()) return std::nullopt;
    return octets;
}

Rig::Rig(io::Loop& loop, Profile profile, const CommonOptions& options, Output& output)
    : loop_{loop}, profile_{std::move(profile)}, options_{options}, output_{output} {
    // Probes must travel in one piece; IP fragments carry what is too large until then.
    profile_.peer.fragment_limit = 0;
}

void Rig::connect(Tunnel& tunnel) {
    auto& session = tunnel.session();
    session.on_event([to = listener_](Instant now, const Event& event) {
        if (to->event) to->event(now, event);
    });
    session.on_inner([to = listener_](const io::InnerArrival& arrival) {
        if (to->inner) to->inner(arrival);
    });
    session.on_network_error([to = listener_](Instant, const io::NetworkError& error) {
        if (to->error) to->error(error);
    });
    session.on_datagram([to = listener_, largest = largest_ike_in_](const io::DatagramSeen& seen) {
        if (!seen.sent)
            if (const auto octets = ike_octets(seen)) *largest = std::max(*largest, octets->size());
        if (to->datagram) to->datagram(seen);
    });
}

Result<Tunnel*> Rig::tunnel() {
    if (tunnel_ && tunnel_->is_up()) return &*tunnel_;
    tunnel_.reset();
    auto opened = Tunnel::open(loop_, profile_, options_, output_);
    if (!opened) return std::unexpected{opened.error()};
    tunnel_.emplace(std::move(*opened));
    opened_ = true;
    connect(*tunnel_);
    if (const auto up = tunnel_->establish(); !up) return std::unexpected{up.error()};
    ++made_;
    output_.quieten();
    return &*tunnel_;
}

void Rig::close() {
    if (tunnel_) tunnel_->close();
    tunnel_.reset();
}
