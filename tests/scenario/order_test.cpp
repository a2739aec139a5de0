// Right crypto in the wrong order: every message in every state, sealed with the right keys where there are
// any, by one who lacks only the pre-shared key.
#include "tests/scenario/support.hpp"

using namespace scenario;

namespace {

enum class State : std::uint8_t {
    init_sent,          ///< initiator, waits for the IKE_SA_INIT response
    init_answered,      ///< responder, waits for IKE_AUTH
    intermediate_due,   ///< responder, waits for IKE_INTERMEDIATE
    intermediate_sent,  ///< initiator, waits for its response
    auth_sent,          ///< initiator, waits for the IKE_AUTH response
    established_initiator,
    established_responder,
    creating,   ///< initiator, waits for the CREATE_CHILD_SA response
    following,  ///< initiator, waits for the IKE_FOLLOWUP_KE response
    checking,   ///< initiator, waits for the INFORMATIONAL response
    deleting,   ///< its Delete is not answered
    replaced,   ///< rekeyed, the old SA's Delete is not answered
};
constexpr std::string_view state_names[] = {"IKE_SA_INIT sent",
                                            "IKE_SA_INIT answered",
                                            "IKE_INTERMEDIATE due",
                                            "IKE_INTERMEDIATE sent",
                                            "IKE_AUTH sent",
                                            "established (initiator)",
                                            "established (responder)",
                                            "CREATE_CHILD_SA sent",
                                            "IKE_FOLLOWUP_KE sent",
                                            "INFORMATIONAL sent",
                                            "deleting",
                                            "replaced"};

constexpr ExchangeType exchanges[] = {ExchangeType::ike_sa_init,        ExchangeType::ike_auth,
                                      ExchangeType::create_child_sa,    ExchangeType::informational,
                                      ExchangeType::ike_session_resume, ExchangeType::ike_intermediate,
                                      ExchangeType::ike_followup_ke,    ExchangeType{99}};

enum class Outcome : std::uint8_t {
    dropped,    ///< no answer, no change, a reason is told
    answered,   ///< a response goes out
    concluded,  ///< the request in flight has got its (bad) answer
};

/// What RFC 7296 allows (sections 1.2, 1.3, 1.4, 2.2, 2.21, 2.25.2); all other cells are dropped.
struct Cell {
    State state;
    ExchangeType exchange;
    Kind::Way way;
    Outcome outcome;
};
constexpr auto asks = Kind::Way::request, replies = Kind::Way::response;
constexpr Cell allowed[] = {
    {State::init_answered, ExchangeType::ike_auth, asks, Outcome::answered},
    {State::intermediate_due, ExchangeType::ike_intermediate, asks, Outcome::answered},
    {State::intermediate_sent, ExchangeType::ike_intermediate, replies, Outcome::concluded},
    {State::auth_sent, ExchangeType::ike_auth, replies, Outcome::concluded},
    {State::creating, ExchangeType::create_child_sa, asks, Outcome::answered},
    {State::creating, ExchangeType::ike_followup_ke, asks, Outcome::answered},
    {State::creating, ExchangeType::informational, asks, Outcome::answered},
    {State::creating, ExchangeType::create_child_sa, replies, Outcome::concluded},
    {State::following, ExchangeType::create_child_sa, asks, Outcome::answered},
    {State::following, ExchangeType::ike_followup_ke, asks, Outcome::answered},
    {State::following, ExchangeType::informational, asks, Outcome::answered},
    {State::following, ExchangeType::ike_followup_ke, replies, Outcome::concluded},
    {State::checking, ExchangeType::create_child_sa, asks, Outcome::answered},
    {State::checking, ExchangeType::ike_followup_ke, asks, Outcome::answered},
    {State::checking, ExchangeType::informational, asks, Outcome::answered},
    {State::checking, ExchangeType::informational, replies, Outcome::concluded},
    {State::established_initiator, ExchangeType::create_child_sa, asks, Outcome::answered},
    {State::established_initiator, ExchangeType::ike_followup_ke, asks,
     Outcome::answered},  // STATE_NOT_FOUND
    {State::established_initiator, ExchangeType::informational, asks, Outcome::answered},
    {State::established_responder, ExchangeType::create_child_sa, asks, Outcome::answered},
    {State::established_responder, ExchangeType::ike_followup_ke, asks, Outcome::answered},
    {State::established_responder, ExchangeType::informational, asks, Outcome::answered},
    {State::deleting, ExchangeType::create_child_sa, asks, Outcome::answered},  // TEMPORARY_FAILURE
    {State::deleting, ExchangeType::ike_followup_ke, asks, Outcome::answered},  // STATE_NOT_FOUND
    {State::deleting, ExchangeType::informational, asks, Outcome::answered},
    {State::deleting, ExchangeType::informational, replies, Outcome::concluded},
    {State::replaced, ExchangeType::create_child_sa, asks, Outcome::answered},  // TEMPORARY_FAILURE
    {State::replaced, ExchangeType::ike_followup_ke, asks, Outcome::answered},
    {State::replaced, ExchangeType::informational, asks, Outcome::answered},
    {State::replaced, ExchangeType::informational, replies, Outcome::concluded},
};
Outcome expected(State state, ExchangeType exchange, Kind::Way way) {
    for (const auto& cell : allowed) {
        if (cell.state == state && cell.exchange == exchange && cell.way == way) return cell.outcome;
    }
    return Outcome::dropped;
}

/// A pair brought to the state, its network silent; the victim and how to speak to it.
struct Scene {
    sim::Pair pair;
    Wiretap tap{pair};
    sim::Host* victim = &pair.responder;
    sim::Forger::As as = sim::Forger::As::initiator;
    sim::Forger::Spis spis;
    Path path;  ///< the victim's
    std::uint32_t next_request = 0, expected_request = 0;

    static sim::Setup setup(State state) {
        sim::Setup made;
        const bool intermediate = state == State::intermediate_due || state == State::intermediate_sent;
        for (auto* config : {&made.initiator, &made.responder}) {
            auto& peer = config->peers[0];
            if (intermediate)
                peer.ike_proposals =
                    parse_proposals(ProtocolId::ike, "aes128gcm16-prfsha256-x25519-ke1_ecp256").value();
            if (state == State::following)
                peer.esp_proposals =
                    parse_proposals(ProtocolId::esp, "aes128gcm16-x25519-ke1_ecp256").value();
        }
        return traced(std::move(made));
    }
    explicit Scene(State state) : pair{setup(state)} {
        const bool at_responder = state == State::init_answered || state == State::intermediate_due ||
                                  state == State::established_responder;
        if (!at_responder) {
            victim = &pair.initiator;
            as = sim::Forger::As::responder;
        }
        reach(state);
        pair.network().set_filter([](Instant, sim::Packet&) { return sim::Network::Fate::pass; });
        const auto sa = victim->engine().status().at(0);
        spis = {sa.spi_i, sa.spi_r};
        path = sa.path;
        next_request = sa.next_request;
        expected_request = sa.expected_request;
        if (state == State::replaced) {
            spis = tap.forger().known().front();
            next_request = 3;  // IKE_SA_INIT, IKE_AUTH, the rekey, then the Delete as 3
            expected_request = 0;
            ++next_request;
        }
    }

    void hold(Kind kind) { tap.drop(kind, 1000); }
    void run() { REQUIRE(pair.world.run_for(100ms) == sim::Ended::done); }
    void reach(State state) {
        if (state == State::init_sent) hold(request(ExchangeType::ike_sa_init));
        if (state == State::init_answered) hold(request(ExchangeType::ike_auth));
        if (state == State::intermediate_due) hold(request(ExchangeType::ike_intermediate));
        if (state == State::intermediate_sent) hold(request(ExchangeType::ike_intermediate));
        if (state == State::auth_sent) hold(response(ExchangeType::ike_auth));
        if (state <= State::auth_sent) {
            pair.initiator.initiate(pair.responder.addresses()[0]);
            return run();
        }
        REQUIRE(pair.establish());
        hold(request(ExchangeType::informational));
        if (state == State::creating) hold(request(ExchangeType::create_child_sa));
        if (state == State::following) hold(request(ExchangeType::ike_followup_ke));
        if (state == State::creating || state == State::following)
            pair.initiator.give(CreateChildSa{pair.initiator.ike_sa().id, {}, {}});
        if (state == State::checking) pair.initiator.give(CheckLiveness{pair.initiator.ike_sa().id});
        if (state == State::deleting) pair.initiator.give(DeleteIkeSa{pair.initiator.ike_sa().id});
        if (state == State::replaced) pair.initiator.give(RekeyIkeSa{pair.initiator.ike_sa().id});
        run();
    }

    std::vector<Payload> payloads(ExchangeType exchange) const {
        std::vector<Payload> made;
        const auto& peer = pair.initiator.engine().config().peers[0];
        const bool child = exchange == ExchangeType::create_child_sa || exchange == ExchangeType::ike_auth;
        if (exchange == ExchangeType::ike_auth) {
            const bool to_responder = as == sim::Forger::As::initiator;
            const auto& id = to_responder ? peer.local_id : *peer.remote_id;
            made.push_back(payload(to_responder ? PayloadType::idi : PayloadType::idr, id.payload()));
            made.push_back(payload(AuthPayload{AuthMethod::shared_key_mic, {}, Bytes(32, 7)}));
        }
        if (child) {
            auto proposals = peer.esp_proposals;
            proposals[0].spi = {1, 2, 3, 4};
            made.push_back(payload(SaPayload{proposals}));
            if (exchange == ExchangeType::create_child_sa)
                made.push_back(payload(NoncePayload{Bytes(32, 9)}));
            const auto inner = as == sim::Forger::As::initiator;
            made.push_back(
                payload(PayloadType::tsi, TsPayload{inner ? peer.ts_local : peer.ts_remote, {}, {}}));
            made.push_back(
                payload(PayloadType::tsr, TsPayload{inner ? peer.ts_remote : peer.ts_local, {}, {}}));
        }
        return made;
    }
    /// The message, sealed if there are keys; else what anyone can send.
    Bytes message(ExchangeType exchange, Kind::Way way) {
        Header header;
        header.exchange = exchange;
        if (way == replies) header.flags |= flag_response;
        header.message_id = way == replies ? next_request - 1 : expected_request;
        SeededRng rng{7};
        if (auto sealed = tap.forger().seal(spis, as, header, payloads(exchange), rng))
            return std::move(*sealed);
        header.initiator_spi = spis.initiator;
        header.responder_spi = 77;
        header.flags =
            static_cast<std::uint8_t>(header.flags | (as == sim::Forger::As::initiator ? flag_initiator : 0));
        return write_message(
            {header, {payload(PayloadType::sk, SkPayload{PayloadType::none, Bytes(40, 5)})}});
    }
};

/// All that a dropped message must not change.
std::string picture(const sim::Host& host) {
    std::string all;
    for (const auto& sa : host.engine().status()) {
        all += fmt::format("{:x}/{:x} {} {} {} {} {}\n", sa.spi_i, sa.spi_r, to_string(sa.state),
                           sa.next_request, sa.expected_request, sa.children.size(), to_string(sa.path));
    }
    return all;
}

}  // namespace

TEST_CASE("every message in every state is dropped, answered or concluded as the RFC says",
          "[scenario][order]") {
    for (unsigned number = 0; number < std::size(state_names); ++number) {
        const auto state = static_cast<State>(number);
        for (const auto exchange : exchanges) {
            for (const auto way : {asks, replies}) {
                // With no keys yet, an IKE_SA_INIT response is for the tests of that exchange.
                if (state == State::init_sent && exchange == ExchangeType::ike_sa_init && way == replies)
                    continue;
                INFO(state_names[number] << ": " << to_string(exchange)
                                         << (way == asks ? " request" : " response"));
                Scene scene{state};
                auto& victim = *scene.victim;
                const auto before = picture(victim);
                const auto events = victim.log().size();
                const auto done = victim.count<ExchangeDone>();
                const auto sent = scene.pair.network().account().sent;
                auto octets = sim::with_marker(scene.path, scene.message(exchange, way));
                victim.receive({scene.path.remote, scene.path.local, std::move(octets), Carrier::udp, 0});
                const auto answers = scene.pair.network().account().sent - sent;
                switch (expected(state, exchange, way)) {
                    case Outcome::dropped:
                        CHECK(answers == 0);
                        CHECK(picture(victim) == before);
                        REQUIRE(victim.log().size() > events);
                        CHECK(std::holds_alternative<Dropped>(victim.log().back().event));
                        break;
                    case Outcome::answered:
                        CHECK(answers == 1);
                        break;
                    case Outcome::concluded:
                        CHECK(victim.count<ExchangeDone>() == done + 1);
                        CHECK(victim.log().size() > events);
                        break;
                }
                // Nothing of all this authenticates anyone: no new Child SA without IKE_AUTH, no new IKE SA.
                if (state <= State::auth_sent) {
                    CHECK(victim.established().empty());
                    CHECK(victim.data_plane().traffic().empty());
                }
            }
        }
    }
}

TEST_CASE("a message damaged outside its encryption changes nothing, and the good one counts afterwards",
          "[scenario][order][rfc7296]") {
    // Section 2.21: only what is authentic may end an IKE SA.
    const auto& cell =
        allowed[static_cast<std::size_t>(GENERATE(range(0, static_cast<int>(std::size(allowed)))))];
    INFO(state_names[static_cast<unsigned>(cell.state)] << ": " << to_string(cell.exchange)
                                                        << (cell.way == asks ? " request" : " response"));
    Scene scene{cell.state};
    auto& victim = *scene.victim;
    const auto before = picture(victim);
    const auto good = scene.message(cell.exchange, cell.way);
    const auto give = [&](Bytes octets) {
        victim.receive({scene.path.remote, scene.path.local, sim::with_marker(scene.path, std::move(octets)),
                        Carrier::udp, 0});
    };
    constexpr std::size_t headers = ike_header_size + 4;  // the last before the IV
    for (std::size_t at = 0; at < headers; ++at) {
        for (unsigned bit = 0; bit < 8; ++bit) {
            auto octets = good;
            octets[at] = static_cast<std::uint8_t>(octets[at] ^ (1u << bit));
            give(std::move(octets));
        }
    }
    for (std::size_t size = ike_header_size; size < good.size(); ++size) {
        Bytes octets{good.begin(), good.begin() + static_cast<std::ptrdiff_t>(size)};
        octets[26] = static_cast<std::uint8_t>(size >> 8);
        octets[27] = static_cast<std::uint8_t>(size);
        give(std::move(octets));
    }
    CHECK(picture(victim) == before);
    const auto done = victim.count<ExchangeDone>();
    const auto sent = scene.pair.network().account().sent;
    give(good);
    CHECK(scene.pair.network().account().sent + victim.count<ExchangeDone>() > sent + done);
}

TEST_CASE("one who lacks the pre-shared key is refused by both roles, whatever keys it has",
          "[scenario][order]") {
    SECTION("as initiator") {
        Scene scene{State::init_answered};
        auto octets = sim::with_marker(scene.path, scene.message(ExchangeType::ike_auth, asks));
        scene.victim->receive({scene.path.remote, scene.path.local, std::move(octets), Carrier::udp, 0});
        REQUIRE(scene.victim->last<IkeFailed>());
        CHECK(scene.victim->last<IkeFailed>()->failure == Failure::peer_not_authenticated);
        CHECK(scene.victim->engine().status().empty());
    }
    SECTION("as responder") {
        Scene scene{State::auth_sent};
        auto octets = sim::with_marker(scene.path, scene.message(ExchangeType::ike_auth, replies));
        scene.victim->receive({scene.path.remote, scene.path.local, std::move(octets), Carrier::udp, 0});
        REQUIRE(scene.victim->last<IkeFailed>());
        CHECK(scene.victim->last<IkeFailed>()->failure == Failure::peer_not_authenticated);
        CHECK(scene.victim->established().empty());
        CHECK(scene.victim->data_plane().traffic().empty());
    }
}

TEST_CASE("an answer to a request of long ago, or of the future, is dropped", "[scenario][order]") {
    Scene scene{State::established_responder};
    const auto before = picture(*scene.victim);
    for (const std::uint32_t id : {0u, 1u, 2u, 1000u, 0xffffffffu}) {
        for (const auto way : {asks, replies}) {
            if (way == asks && id == scene.expected_request) continue;
            scene.expected_request = id;
            scene.next_request = id + 1;
            auto octets = sim::with_marker(scene.path, scene.message(ExchangeType::informational, way));
            scene.victim->receive({scene.path.remote, scene.path.local, std::move(octets), Carrier::udp, 0});
            scene.expected_request = 2;
            CHECK(picture(*scene.victim) == before);
        }
    }
}
