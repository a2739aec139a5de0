#pragma once
// Configuration payloads (RFC 7296 sections 2.19 and 3.15, RFC 8598).
#include "libike/engine/ike_sa.hpp"

namespace ike::engine {

/// As initiator: CFG_REQUEST for what the configuration names, if anything.
void add_configuration_request(const PeerConfig& peer, Payloads& to);
/// As initiator: what the CFG_REPLY says.
void take_configuration(IkeSa& sa, const Message& reply);
/// As responder: lends the addresses that the CFG_REQUEST asks for, as far as there are any.
void assign_addresses(IkeSa& sa, Turn& turn, const Message& request);
/// As responder: the CFG_REPLY, or why there can be no Child SA.
std::expected<void, Refusal> answer_configuration(const IkeSa& sa, Turn& turn, const Message& request,
                                                  Payloads& to);
/// The TSi of one who was lent addresses, as it is meant (section 2.19).
std::vector<TrafficSelector> as_meant(const IkeSa& sa, std::span<const TrafficSelector> tsi);
/// What the peer may have behind it: the addresses it was lent, else what is configured.
std::vector<TrafficSelector> allowed_remote(const IkeSa& sa, std::span<const TrafficSelector> configured);

}  // namespace ike::engine
