#include <fmt/format.h>

#include "libike/inner/echo.hpp"
#include "libike/io/system_rng.hpp"
#include "tools/ikemtu/probes.hpp"

using namespace ike;

Result<std::unique_ptr<EspProbes>> EspProbes::open(Rig&, Tunnel& tunnel, Quest quest,
                                                   std::optional<Address> ping) {
    const auto from = tunnel.inner_local();
    const auto to = ping.value_or(tunnel.inner_remote());
    const auto traffic = tunnel.traffic();
    const auto overhead = tunnel.session().data_plane().overhead_to(to);
    if (!traffic || !overhead)
        return failure(fmt::format("probing {}: no Child SA leads there", to_string(to)),
                       "--ping ADDR names a host within the remote traffic selectors");
    if (from.family() != to.family())
        return failure(fmt::format("probing {}: our inner address {} is of another family", to_string(to),
                                   to_string(from)));
    io::SystemRng rng;
    std::unique_ptr<EspProbes> probes{
        new EspProbes{tunnel, quest, from, to, static_cast<std::uint16_t>(rng.below(65535) + 1)}};
    probes->cost_ = cost_of(*overhead);
    auto& shape = probes->shape_;
    shape.family = traffic->path.remote.address.family();
    shape.outer = traffic->udp_encapsulation ? Outer::udp : Outer::ip;
    shape.step = probes->cost_.alignment;
    shape.smallest =
        outer_headers(shape.family, shape.outer) + probes->cost_.datagram(inner::smallest_probe(to.family()));
    tunnel.session().set_fragmentation(io::Fragmentation::forbidden);
    return probes;
}

EspProbes::~EspProbes() { tunnel_.session().set_fragmentation(io::Fragmentation::allowed); }

void EspProbes::send(const MtuProbe& probe) {
    const auto capacity = cost_.inner(datagram_capacity(probe.size, shape_.family, shape_.outer));
    const auto small = inner::smallest_probe(to_.family());
    auto packet = inner::request({.source = from_,
                                  .destination = to_,
                                  .identifier = identifier_,
                                  .number = probe.number,
                                  .sent = io::now(),
                                  .size = quest_ == Quest::esp_out ? small : capacity});
    packet.resize(capacity);  // beyond the IP header's own length: traffic flow confidentiality padding
    sizes_[probe.number] = probe.size;
    (void)tunnel_.session().send_inner(packet);  // what was not sent is not answered
}

void EspProbes::see(const io::InnerArrival& arrival) {
    const auto reply = inner::read_reply(arrival.packet);
    if (!reply || reply->identifier != identifier_) return;
    const auto size = sizes_.find(reply->number);
    if (size == sizes_.end()) return;
    const auto number = static_cast<std::uint32_t>(reply->number);
    if (fragment_ > 0)
        news_.push_back({number, size->second, std::nullopt, true});
    else
        news_.push_back({number, size->second, arrival.time});
}
