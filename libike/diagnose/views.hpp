#pragma once
// Questions that several rules ask of the facts.
#include "libike/diagnose/facts.hpp"

namespace ike::diagnose {

using Time = EpochTime;
using Span = std::chrono::nanoseconds;

/// "4.2 s", "35 ms", "120 us"
std::string duration_text(Span span);
/// "once", "twice", "7 times"
std::string times_text(std::uint64_t count);
/// "1 gap", "3 gaps"
std::string count_text(std::uint64_t count, std::string_view thing);
/// Sent at least twice, or long enough ago that an answer would be in the capture.
bool is_unanswered(const Exchange& exchange, const Facts& facts);
/// A later request of the same side proves that this one was answered, outside the capture (RFC 7296
/// section 2.3).
bool was_answered_unseen(const IkeSaFacts& sa, const Exchange& exchange);
/// From the first sending to the last.
Span tried_for(const Exchange& exchange);
/// How often the request was sent: "once", "3 times in 11.2 s".
std::string tries_text(const Exchange& exchange);
/// "the initiator did not announce MOBIKE_SUPPORTED"; empty where both did, or nothing is known.
std::string who_lacks_mobike(const IkeSaFacts& sa);
/// "initiator carol@example.test, responder gw.example.test", as far as they were seen.
std::string identities_text(const IkeSaFacts& sa);
/// Frames of all sendings of the request and of the response, as far as they were kept.
std::vector<std::uint64_t> frames_of(const Exchange& exchange);
std::vector<std::uint64_t> frames_of(const MessageFacts& message);

/// "retransmitted after 4, 7.2 and 13 s, as strongSwan does"; empty for a single sending.
std::string schedule_text(const MessageFacts& message);

/// A Child SA, or what looks like one: ESP to the responder and ESP back.
struct ChildView {
    const ChildFacts* child = nullptr;  ///< nullptr where the keys do not tell
    const EspFlow* forth = nullptr;     ///< to the IKE SA's responder
    const EspFlow* back = nullptr;
};
/// Must have been called after the last change to SAs or flows.
void index_flows(Facts& facts);
std::vector<ChildView> children_of(const IkeSaFacts& sa, const Facts& facts);

/// The initiator takes another path.
struct Move {
    const Exchange* exchange = nullptr;  ///< that announced it
    bool proven = false;                 ///< UPDATE_SA_ADDRESSES was read; else an address changed
    Way before, after;                   ///< initiator to responder
    Time begun{};
    std::optional<Time> answered;
};
std::vector<Move> moves_of(const IkeSaFacts& sa);

/// Where the capture was taken, by TTLs that nobody has lowered.
enum class Place : std::uint8_t { unknown, initiator, responder };
Place place_of(const IkeSaFacts& sa);

/// Used for more than IKE_SA_INIT and IKE_AUTH, or known to be made.
bool is_established(const IkeSaFacts& sa, const Facts& facts);
/// True where something behind a NAT, or forging NAT detection, is on the initiator's side.
bool initiator_behind_nat(const IkeSaFacts& sa);
bool is_private(const Address& address);
/// Nothing is owed any more: it was deleted, or authentication failed (RFC 7296 section 2.21.2), before
/// `time`.
bool is_over(const IkeSaFacts& sa, Time time);
/// True for a SA whose making was rekeying another one in the capture.
bool is_rekeyed_child(const IkeSaFacts& sa, const Facts& facts);

}  // namespace ike::diagnose
