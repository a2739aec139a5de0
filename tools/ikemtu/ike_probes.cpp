#include "tools/ikemtu/probes.hpp"

using namespace ike;

namespace {

/// Of the private status types (RFC 7296 section 3.10.1), one that no implementation in Wireshark's or
/// strongSwan's lists uses.
constexpr auto padding_notify = static_cast<NotifyType>(61166);
constexpr std::size_t notify_header = 8;   // generic header, protocol, SPI size, type
constexpr std::size_t non_esp_marker = 4;  // RFC 3948 section 2.2
constexpr std::size_t generic_header = 4;

}  // namespace

Result<std::unique_ptr<IkeProbes>> IkeProbes::open(Rig&, Tunnel& tunnel, Quest, std::optional<Address>) {
    const auto status = tunnel.status();
    if (!status || !status->suite) return failure("IKE probes: the IKE SA is gone");
    const auto& suite = *status->suite;
    const auto cipher = crypto::cipher_shape(suite.encr, suite.key_bits);
    if (!cipher) return failure("IKE probes: " + to_string(suite) + " is not known here");
    std::unique_ptr<IkeProbes> probes{new IkeProbes{tunnel}};
    auto& shape = probes->shape_;
    shape.family = status->path.remote.address.family();
    shape.outer = Outer::udp;
    shape.step = cipher->block;
    const bool marked = status->path.local.port == tunnel.session().engine().config().nat_port;
    const auto icv = cipher->aead ? cipher->icv : crypto::icv_size(suite.integ);
    probes->fixed_ = outer_headers(shape.family, Outer::udp) + (marked ? non_esp_marker : 0) +
                     ike_header_size + generic_header + cipher->iv + icv;
    const auto content = notify_header + 1;  // and the pad length octet
    shape.smallest = probes->fixed_ + (content + shape.step - 1) / shape.step * shape.step;
    return probes;
}

void IkeProbes::send(const MtuProbe& probe) {
    const auto data = probe.size - fixed_ - notify_header - 1;
    pending_ = probe;
    again_ = false;
    auto& session = tunnel_.session();
    session.set_fragmentation(io::Fragmentation::forbidden);
    session.step(SendInformational{
        tunnel_.ike_sa(),
        {payload(Notify{.protocol = {}, .type = padding_notify, .spi = {}, .data = Bytes(data)})}});
    session.set_fragmentation(io::Fragmentation::allowed);
}

void IkeProbes::see(Instant now, const Event& event) {
    if (!pending_) return;
    const auto conclude = [&](std::optional<Instant> answered) {
        if (!again_) news_.push_back({pending_->number, pending_->size, answered});
    };
    if (const auto* done = std::get_if<ExchangeDone>(&event);
        done && done->exchange == ExchangeType::informational) {
        conclude(now);
        pending_.reset();
    } else if (const auto* repeat = std::get_if<Retransmitted>(&event);
               repeat && repeat->exchange == ExchangeType::informational) {
        // Whatever comes from now on may answer the repetition: it proves nothing about the size.
        conclude(std::nullopt);
        again_ = true;
    } else if (std::get_if<IkeFailed>(&event) != nullptr) {
        conclude(std::nullopt);
        pending_.reset();
    }
}
