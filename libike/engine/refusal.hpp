#pragma once
// Why a request is refused, and which notification the peer is owed for it. The IKE SA's answer() is the one
// place that sends it.
#include <expected>
#include <string>

#include "libike/engine/events.hpp"

namespace ike::engine {

/// What becomes of the IKE SA after the refusal went out.
enum class Aftermath : std::uint8_t {
    goes_on,
    ends,  ///< fatal (RFC 7296 section 2.21)
};
struct Refusal {
    NotifyType notify{};
    std::string what;  ///< for people: attempted, happened
    Bytes data;
    ProtocolId protocol = ProtocolId::none;
    Bytes spi;
    Aftermath aftermath = Aftermath::goes_on;
    Failure failure = Failure::other_notify;  ///< what is told on our side where the IKE SA ends

    Payload payload() const { return ike::payload(Notify{protocol, notify, spi, data}); }
};
using Payloads = std::vector<Payload>;
using Answer = std::expected<Payloads, Refusal>;

inline std::unexpected<Refusal> refuse(NotifyType notify, std::string what, Bytes data = {}) {
    Refusal refusal;
    refusal.notify = notify;
    refusal.what = std::move(what);
    refusal.data = std::move(data);
    return std::unexpected{std::move(refusal)};
}
/// A refusal after which there is no IKE SA.
inline std::unexpected<Refusal> refuse_for_good(NotifyType notify, Failure failure, std::string what) {
    Refusal refusal;
    refusal.notify = notify;
    refusal.what = std::move(what);
    refusal.aftermath = Aftermath::ends;
    refusal.failure = failure;
    return std::unexpected{std::move(refusal)};
}

}  // namespace ike::engine
