#pragma once
// The notifications by which both sides of a Child SA's negotiation say what else it is to be (RFC 7296
// sections 1.3.1 and 2.22).
#include "libike/engine/exchanges/exchange.hpp"

namespace ike::engine {

/// A CPI of ours for packets to us (RFC 3173 section 3.3).
std::uint16_t fresh_cpi(Turn& turn);
/// The CPI of the first DEFLATE that a message offers or accepts.
std::optional<std::uint16_t> deflate_cpi(const Message& message);
/// In the request: what we offer.
void add_terms(const ChildOffer& offer, Payloads& to);
/// In the response: what we agreed to.
void add_terms(const ChildTerms& terms, const ChildPolicy& policy, Payloads& to);
/// What the peer's message says about padding and fragments, whoever asked.
void take_terms(ChildTerms& terms, const ChildPolicy& policy, const Message& from);

}  // namespace ike::engine
