#include "libike/engine/exchanges/followup.hpp"

#include <fmt/format.h>

#include "libike/engine/exchanges/create_child_sa.hpp"
#include "libike/engine/exchanges/notifies.hpp"
#include "libike/engine/sa_table.hpp"

namespace ike::engine {
namespace {

// RFC 9370 section 2.2.4: "5-20 seconds of waiting time should be appropriate in most cases"; here as long as
// an initiator with our own retransmission times goes on asking.
constexpr Duration patience = 25s;
// More than one at a time only an initiator with a large window has, or one that gives them up.
constexpr std::size_t most_awaited = 8;

bool follows(const Exchange& exchange, auto&& suits) {
    const auto* followup = std::get_if<FollowupExchange>(&exchange);
    return followup != nullptr && suits(followup->origin);
}
/// Whether any key exchange of ours, on its way or about to be, follows a CREATE_CHILD_SA that suits.
bool any_follows(const IkeSa& sa, auto&& suits) {
    return std::ranges::any_of(sa.queue, [&](const Exchange& each) { return follows(each, suits); }) ||
           std::ranges::any_of(sa.window.in_flight,
                               [&](const Request& each) { return follows(each.exchange, suits); });
}
template <class E>
bool is_in_flight(const IkeSa& sa) {
    return std::ranges::any_of(sa.window.in_flight,
                               [](const Request& each) { return std::holds_alternative<E>(each.exchange); });
}
template <class What>
Making* awaited(IkeSa& sa, auto&& suits) {
    const auto found = std::ranges::find_if(sa.awaited, [&](const Making& each) {
        const auto* what = std::get_if<What>(&each.what);
        return what != nullptr && suits(*what);
    });
    return found == sa.awaited.end() ? nullptr : &*found;
}

}  // namespace

bool is_rekeying(const IkeSa& sa) {
    return is_in_flight<RekeyIkeExchange>(sa) || any_follows(sa, [](const auto& origin) {
               return std::holds_alternative<RekeyIkeExchange>(origin);
           });
}

bool is_being_rekeyed(const IkeSa& sa) {
    return std::ranges::any_of(
        sa.awaited, [](const Making& each) { return std::holds_alternative<AgreedIke>(each.what); });
}

bool is_making_child(const IkeSa& sa) {
    return is_in_flight<ChildExchange>(sa) ||
           any_follows(sa, [](const auto& origin) { return std::holds_alternative<ChildExchange>(origin); });
}

bool is_between_exchanges(const IkeSa& sa, std::uint32_t replaces_in) {
    return any_follows(sa, [&](const auto& origin) {
        const auto* child = std::get_if<ChildExchange>(&origin);
        return child != nullptr && child->replaces_in == replaces_in;
    });
}

bool is_being_rekeyed(const IkeSa& sa, std::uint32_t replaces_in) {
    return std::ranges::any_of(sa.awaited, [&](const Making& each) {
        return std::holds_alternative<AgreedChild>(each.what) && each.replaces_in == replaces_in;
    });
}

bool is_changing_children(const IkeSa& sa) {
    return is_making_child(sa) || is_in_flight<DeleteChildExchange>(sa) ||
           std::ranges::any_of(
               sa.awaited, [](const Making& each) { return std::holds_alternative<AgreedChild>(each.what); });
}

// ---- as initiator
// ----------------------------------------------------------------------------------------------------------

bool follow_up(IkeSa& sa, Turn& turn, std::unique_ptr<Making> making, FollowupExchange::Origin origin,
               const Message& reply) {
    const auto* link = reply.notify(NotifyType::additional_key_exchange);
    if (link == nullptr) return false;
    making->link = link->data;
    sa.ask_first(turn, FollowupExchange{std::move(making), std::move(origin), {}});
    return true;
}

namespace {

/// What CREATE_CHILD_SA would do: another try, or a word about why there is none.
void give_up(IkeSa& sa, Turn& turn, const FollowupExchange::Origin& origin, const Refusal& refusal) {
    std::visit([&](const auto& exchange) { conclude_refused(sa, turn, exchange, refusal); }, origin);
}
/// The reply is not what the protocol wants: fatal where the IKE SA itself is rekeyed, as in CREATE_CHILD_SA.
void complain(IkeSa& sa, Turn& turn, const FollowupExchange::Origin& origin, std::string what) {
    if (std::holds_alternative<RekeyIkeExchange>(origin)) {
        return sa.fail(turn, Failure::invalid_syntax, "rekey of the IKE SA: " + what);
    }
    give_up(sa, turn, origin, refuse(NotifyType::invalid_syntax, std::move(what)).error());
}

}  // namespace

std::optional<Payloads> FollowupExchange::request(IkeSa& sa, Turn& turn) {
    if (sa.phase != Phase::established) return std::nullopt;
    auto made = crypto::KeyExchange::generate(making->methods()[making->additional.size()], turn.rng);
    if (!made) {
        give_up(sa, turn, origin, refuse(NotifyType::no_proposal_chosen, made.error().what).error());
        return std::nullopt;
    }
    ke.emplace(std::move(*made));
    Payloads payloads{payload(KePayload{ke->id(), 0, to_bytes(ke->public_value())})};
    payloads.push_back(notify(NotifyType::additional_key_exchange, making->link));
    return payloads;
}

void FollowupExchange::conclude(IkeSa& sa, Turn& turn, const Message& reply) {
    const bool whole = std::holds_alternative<RekeyIkeExchange>(origin);
    if (sa.phase != Phase::established && !(whole && sa.phase == Phase::deleting)) return;
    if (const auto* error = first_error(reply); error != nullptr) {
        auto refusal = refuse(error->type, fmt::format("the peer answered {}", to_string(error->type)));
        return give_up(sa, turn, origin, refusal.error());
    }
    const auto* theirs = reply.get<KePayload>();
    if (theirs == nullptr || theirs->group != ke->id()) {
        return complain(sa, turn, origin, "the IKE_FOLLOWUP_KE response has no KE payload of that method");
    }
    auto secret = ke->agree(theirs->data);
    if (!secret) return complain(sa, turn, origin, secret.error().what);
    making->additional.push_back(std::move(*secret));
    if (making->is_complete()) {
        return std::visit([&](const auto& exchange) { finish(sa, turn, exchange, std::move(*making)); },
                          origin);
    }
    if (sa.phase == Phase::deleting) return;
    const auto wanted = std::visit([](const auto& each) -> Origin { return again(each); }, origin);
    if (!follow_up(sa, turn, std::move(making), std::move(origin), reply)) {
        complain(sa, turn, wanted, "the IKE_FOLLOWUP_KE response has no ADDITIONAL_KEY_EXCHANGE");
    }
}

// ---- as responder
// ----------------------------------------------------------------------------------------------------------

namespace {

Payload link_to_next(Turn& turn, Making& making) {
    making.link = turn.rng.bytes(16);
    making.until = turn.now + patience;
    return notify(NotifyType::additional_key_exchange, making.link);
}

}  // namespace

Payload await_followup(IkeSa& sa, Turn& turn, Making making) {
    // The peer begins the same again: what it began before it has given up.
    std::erase_if(sa.awaited, [&](const Making& each) {
        return each.what.index() == making.what.index() && each.replaces_in == making.replaces_in &&
               (std::holds_alternative<AgreedIke>(each.what) || each.replaces_in != 0);
    });
    if (sa.awaited.size() == most_awaited) sa.awaited.erase(sa.awaited.begin());
    auto link = link_to_next(turn, making);
    sa.awaited.push_back(std::move(making));
    return link;
}

Making* awaited_child(IkeSa& sa, std::uint32_t spi_in) {
    return awaited<AgreedChild>(sa, [&](const auto& each) { return each.child.spi_in == spi_in; });
}

Making* awaited_ike(IkeSa& sa, IkeSpi own) {
    return awaited<AgreedIke>(sa, [&](const auto& each) { return each.own_spi() == own; });
}

void forget(IkeSa& sa, const Making* awaited) {
    std::erase_if(sa.awaited, [&](const Making& each) { return &each == awaited; });
}

void forget_overdue(IkeSa& sa, Instant now) {
    std::erase_if(sa.awaited, [&](const Making& each) { return each.until <= now; });
    if (sa.awaited.empty()) sa.awaited = std::vector<Making>{};  // an idle SA holds no room for them
}

Answer answer_followup(IkeSa& sa, Turn& turn, const Message& request) {
    const auto* link = request.notify(NotifyType::additional_key_exchange);
    const auto* theirs = request.get<KePayload>();
    if (link == nullptr || theirs == nullptr) {
        return refuse(NotifyType::invalid_syntax, "IKE_FOLLOWUP_KE without ADDITIONAL_KEY_EXCHANGE or KE");
    }
    const auto found =
        std::ranges::find_if(sa.awaited, [&](const Making& each) { return equal(each.link, link->data); });
    if (found == sa.awaited.end() || sa.phase != Phase::established) {
        return refuse(NotifyType::state_not_found, "IKE_FOLLOWUP_KE that follows nothing");
    }
    auto making = std::move(*found);
    sa.awaited.erase(found);
    const auto method = making.methods()[making.additional.size()];
    if (theirs->group != method) {
        return refuse(NotifyType::invalid_syntax, fmt::format("IKE_FOLLOWUP_KE with {} where {} has its turn",
                                                              to_string(theirs->group), to_string(method)));
    }
    auto made = crypto::KeyExchange::respond(method, theirs->data, turn.rng);
    if (!made) return refuse(NotifyType::invalid_syntax, made.error().what);
    making.additional.push_back(std::move(made->shared_secret));
    Payloads payloads{payload(KePayload{method, 0, std::move(made->public_value)})};
    if (!making.is_complete()) {
        payloads.push_back(await_followup(sa, turn, std::move(making)));
        return payloads;
    }
    const bool whole = std::holds_alternative<AgreedIke>(making.what);
    auto refusal = whole ? finish_rekey_for_peer(sa, turn, std::move(making))
                         : finish_for_peer(sa, turn, std::move(making));
    if (refusal) return std::unexpected{std::move(*refusal)};
    return payloads;
}

}  // namespace ike::engine
