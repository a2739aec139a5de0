// INFORMATIONAL: liveness, Delete, and what callers want said (RFC 7296 section 1.4).
#include <fmt/format.h>

#include "libike/engine/exchanges/child_negotiation.hpp"
#include "libike/engine/exchanges/create_child_sa.hpp"
#include "libike/engine/exchanges/establishment.hpp"
#include "libike/engine/exchanges/notifies.hpp"
#include "libike/engine/exchanges/redirect.hpp"
#include "libike/engine/mobike.hpp"
#include "libike/engine/sa_table.hpp"

namespace ike::engine {

// ---- Delete
// ------------------------------------------------------------------------------------------------------------

std::optional<Payloads> DeleteChildExchange::request(IkeSa& sa, Turn&) {
    if (sa.phase != Phase::established) return std::nullopt;
    std::erase_if(spis_in, [&](std::uint32_t spi) {
        const auto* child = sa.child(spi);
        return child == nullptr || child->state == ChildSa::State::deleting;
    });
    if (spis_in.empty()) return std::nullopt;
    for (const auto spi : spis_in) sa.child(spi)->state = ChildSa::State::deleting;
    Payloads payloads;
    payloads.push_back(delete_children(spis_in));
    return payloads;
}

/// Where the Child SAs are: a rekeyed IKE SA's went to its successor.
static IkeSa& holder(IkeSa& sa, const Turn& turn) {
    auto* current = sa.phase == Phase::replaced ? turn.table.find(sa.id) : nullptr;
    return current == nullptr ? sa : *current;
}

void DeleteChildExchange::conclude(IkeSa& sa, Turn& turn, const Message&) {
    for (const auto spi : spis_in) holder(sa, turn).remove_child(turn, spi);
}

std::optional<Payloads> DeleteIkeExchange::request(IkeSa& sa, Turn&) {
    if (sa.phase == Phase::gone) return std::nullopt;
    Payloads payloads;
    if (because) payloads.push_back(notify(*because));
    payloads.push_back(payload(DeletePayload{ProtocolId::ike, 0, 0, {}}));
    return payloads;
}

void DeleteIkeExchange::conclude(IkeSa& sa, Turn& turn, const Message&) { sa.end(turn, "deleted by us"); }

// ---- whatever else
// -----------------------------------------------------------------------------------------------------

std::optional<Payloads> PlainInformational::request(IkeSa& sa, Turn&) {
    if (sa.phase != Phase::established) return std::nullopt;
    return payloads;
}

void PlainInformational::conclude(IkeSa&, Turn&, const Message&) {}  // ExchangeDone says it all

// ---- answers
// -----------------------------------------------------------------------------------------------------------

namespace {

/// The answer that made the Child SA may still be on its way (or have been lost, and come again).
void note_deleted_ahead(IkeSa& sa, std::uint32_t spi_out) {
    constexpr std::size_t most = 8;
    for (auto& each : sa.window.in_flight) {
        auto* mine = std::get_if<ChildExchange>(&each.exchange);
        if (auto* followup = std::get_if<FollowupExchange>(&each.exchange))
            mine = std::get_if<ChildExchange>(&followup->origin);
        if (mine != nullptr && mine->deleted_ahead.size() < most) mine->deleted_ahead.push_back(spi_out);
    }
}

/// RFC 7296 section 1.4.1: the other half of each pair is deleted in the answer, except where our own Delete
/// is on its way.
void answer_delete(IkeSa& sa, Turn& turn, const DeletePayload& body, std::vector<std::uint32_t>& deleted) {
    for (const auto& octets : body.spis) {
        const auto spi_out = esp_spi(octets);
        auto* child = spi_out ? sa.child_by_outbound(*spi_out) : nullptr;
        if (child == nullptr && spi_out) note_deleted_ahead(sa, *spi_out);
        if (child == nullptr || child->state == ChildSa::State::deleting) continue;
        const auto spi_in = child->spi_in;
        prefer_successor(sa, turn, *child);
        sa.remove_child(turn, spi_in);
        deleted.push_back(spi_in);
    }
}

}  // namespace

Answer answer_informational(IkeSa& sa, Turn& turn, const Message& request, const Path& from) {
    std::vector<std::uint32_t> deleted;
    // RFC 7296 section 2.21.2: an initiator that does not believe our AUTH says so here.
    const bool refused = request.notify(NotifyType::authentication_failed) != nullptr;
    bool ends = refused;
    for (const auto& each : request.payloads) {
        const auto* body = std::get_if<DeletePayload>(&each.body);
        if (body == nullptr) continue;
        if (body->protocol == ProtocolId::ike) ends = true;
        if (body->protocol == ProtocolId::esp) answer_delete(holder(sa, turn), turn, *body, deleted);
    }
    if (ends) {
        sa.ending = {Failure::peer_deleted, refused ? "the peer refused our AUTH (AUTHENTICATION_FAILED)"
                                                    : "the peer deleted the IKE SA"};
        return Payloads{};
    }
    take_session_redirect(sa, turn, request);
    if (sa.decides_paths()) take_auth_lifetime(sa, turn, request);
    auto answer = answer_addresses(sa, turn, request, from);
    if (answer && !deleted.empty()) answer->push_back(delete_children(deleted));
    return answer;
}

}  // namespace ike::engine
