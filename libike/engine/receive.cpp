// Datagrams into an IKE SA: what may come, what it says, and the one place that answers.
#include <fmt/format.h>

#include "libike/engine/exchanges/create_child_sa.hpp"
#include "libike/engine/exchanges/eap.hpp"
#include "libike/engine/exchanges/followup.hpp"
#include "libike/engine/exchanges/intermediate.hpp"
#include "libike/engine/exchanges/redirect.hpp"
#include "libike/engine/mobike.hpp"
#include "libike/engine/sa_table.hpp"
#include "libike/sa/notify_data.hpp"

namespace ike::engine {
namespace {

void drop(Turn& turn, const Path& from, std::string reason) { turn.say(Dropped{from, std::move(reason)}); }

bool is_known(PayloadType type) {
    const auto value = static_cast<unsigned>(type);
    return (value >= 33 && value <= 48) || type == PayloadType::skf;
}
/// RFC 7296 section 2.5: a critical payload that is not understood refuses the whole message.
const Payload* unknown_critical(const Message& message) {
    const auto found = std::ranges::find_if(
        message.payloads, [](const Payload& each) { return each.critical && !is_known(each.type); });
    return found == message.payloads.end() ? nullptr : &*found;
}
/// The chain inside an encrypted payload, strictly.
std::expected<Message, OpenError> read_inner(const Header& header, PayloadType first, ByteView content) {
    auto chain = read_chain(first, content);
    if (chain.error) return std::unexpected{OpenError{OpenError::Kind::malformed, chain.error}};
    for (const auto& each : chain.payloads) {
        if (each.error) return std::unexpected{OpenError{OpenError::Kind::malformed, each.error}};
    }
    return Message{header, std::move(chain.payloads)};
}

// A window's worth of messages in fragments at a time, both directions.
constexpr std::size_t most_assemblies = 4;

}  // namespace

void IkeSa::receive(Turn& turn, const Path& from, const Header& header, ByteView octets) {
    const auto direction = header.is_response() ? Direction::response : Direction::request;
    if (!may_arrive(phase, header.exchange, direction)) {
        return drop(turn, from,
                    fmt::format("{} {} does not fit the state of its IKE SA", to_string(header.exchange),
                                header.is_response() ? "response" : "request"));
    }
    // The bearer of an SPI is fixed: a peer that sets the I flag wrongly would be answered with the wrong
    // keys.
    if (header.from_initiator() == (role == Role::initiator))
        return drop(turn, from, "its I flag says that we sent it");
    header.is_response() ? receive_response(turn, from, header, octets)
                         : receive_request(turn, from, header, octets);
}

std::optional<std::expected<Message, OpenError>> IkeSa::open(Turn& turn, const Path& from,
                                                             const Header& header, ByteView octets) {
    if (header.next != PayloadType::skf) {
        auto message = inbound->open_message(octets);
        if (message || message.error().kind == OpenError::Kind::malformed) return message;
        drop(turn, from, to_string(message.error()));
        return std::nullopt;
    }
    auto content = inbound->open(octets);
    const auto outer = read_message(octets);
    const auto* fragment = outer ? outer->message.get<SkfPayload>() : nullptr;
    if (!content || fragment == nullptr) {
        drop(turn, from, content ? "malformed fragment" : to_string(content.error()));
        return std::nullopt;
    }
    const auto direction = header.is_response() ? Direction::response : Direction::request;
    auto found = std::ranges::find_if(assemblies, [&](const Assembly& each) {
        return each.message_id == header.message_id && each.direction == direction;
    });
    if (found == assemblies.end()) {
        if (assemblies.size() == most_assemblies) assemblies.erase(assemblies.begin());
        found = assemblies.insert(assemblies.end(), Assembly{header.message_id, direction, {}});
    }
    auto whole = found->collector.add(*fragment, std::move(*content));
    if (!whole) return std::nullopt;
    assemblies.erase(found);
    return read_inner(header, whole->first, whole->content);
}

bool IkeSa::is_authentic(ByteView octets) {
    if (inbound->open(octets)) return true;
    return negotiation && negotiation->former_inbound && negotiation->former_inbound->open(octets);
}

void IkeSa::receive_request(Turn& turn, const Path& from, const Header& header, ByteView octets) {
    const auto place = window.sort(header.message_id);
    if (place == Window::Turn::forgotten) return drop(turn, from, "a request answered long ago");
    if (place == Window::Turn::beyond) return drop(turn, from, "its Message ID is outside the window");
    if (place == Window::Turn::answered) {
        // RFC 7296 section 2.1: the same octets again, to where the request came from this time.
        if (!is_authentic(octets)) return drop(turn, from, "a repeated request with a wrong ICV");
        const auto outer = header.next == PayloadType::skf ? read_message(octets) : Parsed<ReadMessage>{};
        const auto* fragment = outer ? outer->message.get<SkfPayload>() : nullptr;
        if (fragment != nullptr && fragment->number != 1) return;  // RFC 7383 section 2.6.1
        for (const auto& datagram : window.answer_to(header.message_id)->datagrams)
            send_message(turn, from, datagram);
        return;
    }
    if (header.exchange == ExchangeType::ike_auth && phase != Phase::init_answered) {
        return drop(turn, from, "IKE_AUTH after it was finished");
    }
    const bool before_auth = phase == Phase::init_answered && header.exchange == ExchangeType::informational;
    if (before_auth && !(negotiation && negotiation->eap))
        return drop(turn, from, "INFORMATIONAL before IKE_AUTH is finished");
    // RFC 9242 section 3.2: the additional key exchanges first, all of them, and no more than those.
    const bool due = negotiation && negotiation->intermediate_done < suite->additional.size();
    if ((header.exchange == ExchangeType::ike_auth && due) ||
        (header.exchange == ExchangeType::ike_intermediate && !due)) {
        return drop(turn, from, fmt::format("{} when it is not its turn", to_string(header.exchange)));
    }
    auto opened = open(turn, from, header, octets);
    if (!opened) return;
    // RFC 7296 section 2.21.2: between the rounds of EAP an initiator may say that it goes. It is no peer
    // yet: nothing else that it says there counts.
    const bool leaves = *opened && (*opened)->notify(NotifyType::authentication_failed) != nullptr;
    if (before_auth && !leaves) return drop(turn, from, "INFORMATIONAL before IKE_AUTH is finished");
    last_heard = turn.now;
    Message message{header, {}};
    if (*opened) message = std::move(**opened);
    if (turn.config.trace) turn.say(MessageTrace{id, false, false, from, message, opened->has_value()});
    if (!*opened) {
        // RFC 7296 section 2.21.3: fatal on both sides once it was authenticated.
        Refusal refusal;
        refusal.notify = NotifyType::invalid_syntax;
        refusal.what = to_string(opened->error());
        refusal.aftermath = Aftermath::ends;
        refusal.failure = Failure::invalid_syntax;
        return reply(turn, from, header, octets, std::unexpected{std::move(refusal)});
    }
    if (const auto* unknown = unknown_critical(message)) {
        return reply(
            turn, from, header, octets,
            refuse(NotifyType::unsupported_critical_payload,
                   fmt::format("payload {} is critical and not understood", to_string(unknown->type)),
                   {static_cast<std::uint8_t>(unknown->type)}));
    }
    if (is_waiting) take_over_if_used(*this, turn, message);
    follow(turn, from);
    reply(turn, from, header, octets, answer(turn, from, message));
}

Answer IkeSa::answer(Turn& turn, const Path& from, const Message& message) {
    switch (message.header.exchange) {
        case ExchangeType::ike_auth:
            // RFC 4555 section 3.3: the addresses of the IKE SA are those of the first IKE_AUTH request.
            path = mobike.confirmed = from;
            return answer_auth(*this, turn, message);
        case ExchangeType::ike_intermediate:
            return answer_intermediate(*this, turn, message);
        case ExchangeType::ike_followup_ke:
            return answer_followup(*this, turn, message);
        case ExchangeType::create_child_sa:
            return answer_create_child_sa(*this, turn, message);
        default:
            if (phase == Phase::init_answered) {
                // RFC 7296 section 2.21.2.
                ending = refused_or(*this, {Failure::authentication_failed,
                                            "the initiator left during EAP: it does not believe our proof"});
                return Payloads{};
            }
            return answer_informational(*this, turn, message, from);
    }
}

void IkeSa::reply(Turn& turn, const Path& from, const Header& request, ByteView octets, Answer given) {
    const auto payloads = given ? std::move(*given) : Payloads{given.error().payload()};
    const auto made = header(request.exchange, request.message_id, Direction::response);
    auto datagrams = sealed(turn, made, payloads);
    trace(turn, from, made, payloads);
    for (const auto& datagram : datagrams) send_message(turn, from, datagram);
    const bool last = ending || (!given && given.error().aftermath == Aftermath::ends);
    if (last) turn.table.graves.bury(turn.now, own_spi(), octets, datagrams);
    window.remember(request.message_id, std::move(datagrams));
    if (negotiation && negotiation->next_keys) take_next_keys(*this, turn);
    if (!given && given.error().aftermath == Aftermath::ends) {
        return fail(turn, given.error().failure, given.error().what, given.error().notify);
    }
    if (!given)
        drop(turn, from,
             fmt::format("{}: answered with {}", given.error().what, to_string(given.error().notify)));
    if (!ending) return;
    const auto words = std::move(*std::exchange(ending, std::nullopt));
    fail(turn, words.failure, words.detail);
}

void IkeSa::receive_response(Turn& turn, const Path& from, const Header& header, ByteView octets) {
    const auto* request = window.find(header.message_id);
    if (request == nullptr || request->type != header.exchange) {
        return drop(turn, from, "a response to no request of ours in flight");
    }
    std::optional<std::expected<Message, OpenError>> opened;
    if (header.exchange == ExchangeType::ike_sa_init) {
        auto message = parse_message(octets);
        if (!message)
            return drop(turn, from, fmt::format("IKE_SA_INIT response: {}", to_string(message.error())));
        if (is_foreign_redirect(*this, *message)) return drop(turn, from, "a REDIRECT without our nonce");
        negotiation->init_r = to_bytes(octets);
        opened = std::move(*message);
    } else {
        opened = open(turn, from, header, octets);
        if (!opened) return;
        last_heard = turn.now;
    }
    if (!*opened || unknown_critical(**opened) != nullptr) {
        return fail(
            turn, Failure::invalid_syntax,
            fmt::format("{} response: {}", to_string(header.exchange),
                        *opened ? "a critical payload that is not understood" : to_string(opened->error())));
    }
    const auto& message = **opened;
    if (turn.config.trace) turn.say(MessageTrace{id, false, false, from, message, true});
    auto answered = window.take(header.message_id);
    ExchangeDone done{
        id, answered.type, answered.message_id, turn.now - answered.first_sent, answered.attempts, {}};
    for (const auto& each : message.payloads) {
        if (const auto* body = std::get_if<Notify>(&each.body)) done.notifies.push_back(body->type);
    }
    turn.say(std::move(done));
    if (phase == Phase::established) take_probed_path(*this, turn, answered, from);
    concluding = &answered;
    std::visit([&](auto& exchange) { exchange.conclude(*this, turn, message); }, answered.exchange);
    concluding = nullptr;
}

void IkeSa::follow(Turn& turn, const Path& from) {
    // RFC 7296 section 2.23: the side that is not behind a NAT follows the other's mapping; with MOBIKE it
    // does not (RFC 4555 section 3.8).
    if (mobike.on || phase != Phase::established || !nat.remote || nat.local || from == path) return;
    const auto before = std::exchange(path, from);
    mobike.confirmed = from;
    for (const auto& each : children) turn.order(MoveChild{each.spi_in, path, encapsulation});
    turn.say(Moved{id, before, path, false, encapsulation, nat.local, nat.remote, {}, {}});
}

void IkeSa::on_esp(Turn& turn, std::uint32_t spi_in, const Path& from) {
    if (auto* used = child(spi_in); used != nullptr && used->state == ChildSa::State::installed) {
        // RFC 7296 section 2.8: once the peer uses the successor, so do we.
        const bool successor = std::ranges::any_of(children, [&](const ChildSa& each) {
            return each.id == used->id && each.state == ChildSa::State::replaced;
        });
        if (successor) turn.order(PreferChild{spi_in});
    }
    const auto& expected = mobike.on ? mobike.confirmed : path;
    // RFC 4555 section 3.12: ESP on other addresses than agreed on proves nothing.
    if (from.remote == expected.remote) {
        last_heard = turn.now;
        return;
    }
    if (!nat.remote || nat.local) return;
    // A NAT's new mapping shows in another port; with MOBIKE another address is the peer's to tell
    // (section 3.8 lets ESP be followed, and a packet that was late must not take the SA back to where it
    // came from).
    if (mobike.on && from.remote.address != expected.remote.address) return;
    const auto before = std::exchange(path, Path{expected.local, from.remote});
    mobike.confirmed = path;
    last_heard = turn.now;
    for (const auto& each : children) turn.order(MoveChild{each.spi_in, path, encapsulation});
    turn.say(Moved{id, before, path, false, encapsulation, nat.local, nat.remote, {}, {}});
}

}  // namespace ike::engine
