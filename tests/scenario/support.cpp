#include "tests/scenario/support.hpp"

#include <set>

namespace scenario {

std::optional<Header> ike_header(const sim::Packet& packet) {
    if (packet.carrier != Carrier::udp) return std::nullopt;
    const bool marked = packet.from.port != 500 && packet.to.port != 500;
    const ByteView octets{packet.octets};
    if (marked && esp::sort_port_4500(octets) != esp::Sort::ike) return std::nullopt;
    const auto header = read_header(marked ? octets.subspan(4) : octets);
    return header ? std::optional{*header} : std::nullopt;
}

bool Kind::matches(const Header& header) const {
    return header.exchange == exchange &&
           (way == Way::either || header.is_response() == (way == Way::response));
}

std::shared_ptr<unsigned> disturb(sim::Pair& pair, Kind kind, const Disturbance& disturbance) {
    auto seen = std::make_shared<unsigned>(0);
    pair.network().set_filter([&pair, kind, disturbance, seen](Instant now, sim::Packet& packet) {
        const auto header = ike_header(packet);
        if (!header || !kind.matches(*header)) return sim::Network::Fate::pass;
        const auto number = (*seen)++;
        if (number < disturbance.drop) return sim::Network::Fate::drop;
        for (unsigned i = 0; i < disturbance.copies; ++i) pair.network().inject(now + 15ms * (i + 1), packet);
        if (number == 0 && disturbance.hold_back > Duration{}) {
            pair.network().inject(now + disturbance.hold_back, packet);
            return sim::Network::Fate::drop;
        }
        return sim::Network::Fate::pass;
    });
    return seen;
}

std::vector<MessageTrace> messages(const sim::Host& host) { return host.all<MessageTrace>(); }

namespace {
std::vector<Message> traced_messages(const sim::Host& host, ExchangeType exchange, bool were_sent) {
    std::vector<Message> found;
    for (const auto& each : messages(host)) {
        if (each.sent == were_sent && each.message.header.exchange == exchange) found.push_back(each.message);
    }
    return found;
}
}  // namespace

std::vector<Message> sent(const sim::Host& host, ExchangeType exchange) {
    return traced_messages(host, exchange, true);
}
std::vector<Message> received(const sim::Host& host, ExchangeType exchange) {
    return traced_messages(host, exchange, false);
}

sim::Setup traced(sim::Setup setup) {
    setup.initiator.trace = setup.responder.trace = true;
    setup.initiator.export_keys = setup.responder.export_keys = true;
    return setup;
}

std::vector<std::string> stray_children(const sim::Host& host) {
    std::set<std::pair<std::uint32_t, std::uint32_t>> told;
    for (const auto& sa : host.engine().status()) {
        for (const auto& child : sa.children) told.emplace(child.spi_in, child.spi_out);
    }
    std::vector<std::string> strays;
    for (const auto& each : host.data_plane().traffic()) {
        if (told.erase({each.spi_in, each.spi_out}) != 0) continue;
        strays.push_back(
            fmt::format("{}: only the data plane has {:08x}/{:08x}", host.name(), each.spi_in, each.spi_out));
    }
    for (const auto& [in, out] : told) {
        strays.push_back(fmt::format("{}: the data plane lacks {:08x}/{:08x}", host.name(), in, out));
    }
    return strays;
}

// ---- Wiretap
// ------------------------------------------------------------------------------------------------

Wiretap::Wiretap(sim::Pair& pair) : pair_{pair} {
    pair.network().set_filter([this](Instant now, sim::Packet& packet) { return look(now, packet); });
}

void Wiretap::learn() {
    std::size_t end = 0;
    for (const auto* host : {&pair_.initiator, &pair_.responder}) {
        const auto& log = host->log();
        for (auto& at = read_[end++]; at < log.size(); ++at) {
            if (const auto* keys = std::get_if<KeysDerived>(&log[at].event)) forger_.learn(keys->record);
        }
    }
}

Wiretap::Sight Wiretap::sight(Instant now, const sim::Packet& packet) {
    Sight sight{now, packet.from, packet.to, packet.carrier, packet.octets.size(), ike_header(packet),
                {},  {}};
    sight.is_keepalive = packet.octets.size() == 1;
    if (!sight.header) return sight;
    if (auto opened = forger_.open(packet.octets)) {
        sight.message = std::move(*opened);
    } else if (auto read = read_message(sim::without_marker(packet.octets))) {
        sight.message = std::move(read->message);
    }
    return sight;
}

sim::Network::Fate Wiretap::look(Instant now, sim::Packet& packet) {
    learn();
    seen.push_back(sight(now, packet));
    const auto header = seen.back().header;
    if (!header) return sim::Network::Fate::pass;
    for (const auto& [kind, rule] : rules_) {
        if (kind.matches(*header) && rule(packet) == sim::Network::Fate::drop)
            return sim::Network::Fate::drop;
    }
    return sim::Network::Fate::pass;
}

std::vector<Wiretap::Sight> Wiretap::all(Kind kind) const {
    std::vector<Sight> found;
    for (const auto& each : seen) {
        if (each.header && kind.matches(*each.header)) found.push_back(each);
    }
    return found;
}

void Wiretap::on(Kind kind, Rule rule) { rules_.emplace_back(kind, std::move(rule)); }

void Wiretap::drop(Kind kind, unsigned first_so_many) {
    on(kind, [left = first_so_many](sim::Packet&) mutable {
        if (left == 0) return sim::Network::Fate::pass;
        --left;
        return sim::Network::Fate::drop;
    });
}

void Wiretap::rewrite(Kind kind, std::function<void(Message&)> change) {
    on(kind, [this, change = std::move(change)](sim::Packet& packet) {
        auto message = forger_.open(packet.octets);
        REQUIRE(message);
        change(*message);
        const auto& header = message->header;
        const auto as = header.from_initiator() ? sim::Forger::As::initiator : sim::Forger::As::responder;
        auto sealed =
            forger_.seal({header.initiator_spi, header.responder_spi}, as, header, message->payloads, rng_);
        REQUIRE(sealed);
        packet.octets = sim::with_marker({packet.from, packet.to}, std::move(*sealed));
        return sim::Network::Fate::pass;
    });
}

std::vector<Notify> notifies(const Message& message, NotifyType type) {
    std::vector<Notify> found;
    for (const auto& payload : message.payloads) {
        const auto* notify = std::get_if<Notify>(&payload.body);
        if (notify && notify->type == type) found.push_back(*notify);
    }
    return found;
}
bool has(const Message& message, NotifyType type) { return !notifies(message, type).empty(); }

std::size_t failures(const sim::Host& host) {
    const auto failed = host.all<IkeFailed>();
    return static_cast<std::size_t>(std::ranges::count_if(
        failed, [](const IkeFailed& each) { return each.failure != Failure::half_open_timeout; }));
}

std::string joined(const std::vector<std::string>& lines) {
    return fmt::format("{}", fmt::join(lines, "; "));
}

void check_agreement(sim::Pair& pair, sim::Between between) {
    CHECK(joined(pair.disagreements(between)) == "");
    CHECK(joined(stray_children(pair.initiator)) == "");
    CHECK(joined(stray_children(pair.responder)) == "");
    CHECK(pair.ping(5));
}

}  // namespace scenario
