#include "libike/sim/forger.hpp"
#include "tests/catch.hpp"
#include "tests/engine/eap_configs.hpp"

using namespace ike;
using namespace ike::testing;

namespace {

/// One with the keys of the IKE SA between the two: changes IKE_AUTH messages and seals them again.
class Meddler {
public:
    using Change = std::function<void(Message&, bool to_responder)>;
    Meddler(TwoEngines& two, Change change) {
        two.filter = [this, &two, change = std::move(change)](Flight& flight) {
            for (const auto& each : two.initiator.events) {
                if (const auto* derived = std::get_if<KeysDerived>(&each)) forger_.learn(derived->record);
            }
            auto message = forger_.open(flight.datagram.octets);
            if (!message || message->header.exchange != ExchangeType::ike_auth) return true;
            change(*message, flight.to_responder);
            const auto as = flight.to_responder ? sim::Forger::As::initiator : sim::Forger::As::responder;
            auto sealed = forger_.seal(forger_.known().front(), as, message->header, message->payloads, rng_);
            flight.datagram.octets = sim::with_marker(flight.datagram.path, std::move(*sealed));
            return true;
        };
    }
    Meddler(const Meddler&) = delete;
    Meddler& operator=(const Meddler&) = delete;

private:
    sim::Forger forger_;
    SeededRng rng_{99};
};
void set_eap(Message& message, const eap::Packet& packet) {
    message.payloads = {payload(EapPayload{eap::write_packet(packet)})};
}

}  // namespace

TEST_CASE("one who holds the keys of the IKE SA gets nowhere without those of EAP",
          "[engine][eap][robustness]") {
    Configs configs{{EapType::ms_eap}};
    configs.initiator.export_keys = true;
    SECTION("EAP Success in the place of the method's first request") {
        auto two = configs.make();
        Meddler meddler{two, [](Message& message, bool to_responder) {
                            if (!to_responder && message.header.message_id == 2)
                                set_eap(message, {EapCode::success, 7, {}, {}});
                        }};
        CHECK_FALSE(two.establish());
        CHECK(two.initiator.last<IkeFailed>().failure == Failure::eap_failed);
        CHECK(two.initiator.last<IkeFailed>().detail == "EAP Success before any method was begun");
    }
    SECTION("EAP Success before the server has proven that it knows the password") {
        auto two = configs.make();
        Meddler meddler{two, [](Message& message, bool to_responder) {
                            if (!to_responder && message.header.message_id == 3)
                                set_eap(message, {EapCode::success, 7, {}, {}});
                        }};
        CHECK_FALSE(two.establish());
        CHECK(two.initiator.last<IkeFailed>().detail == "EAP Success before EAP-MSCHAPv2 was finished");
    }
    SECTION("EAP asked for without a proof of the responder") {
        auto two = configs.make();
        Meddler meddler{two, [](Message& message, bool to_responder) {
                            if (to_responder || message.header.message_id != 1) return;
                            std::erase_if(message.payloads, [](const Payload& each) {
                                return each.type == PayloadType::auth || each.type == PayloadType::cert;
                            });
                        }};
        CHECK_FALSE(two.establish());
        CHECK(two.initiator.last<IkeFailed>().failure == Failure::peer_not_authenticated);
        CHECK(sent_eap(two.initiator).empty());
    }
    SECTION("EAP asked for with a proof that is no signature") {
        auto two = configs.make();
        Meddler meddler{two, [](Message& message, bool to_responder) {
                            if (to_responder || message.header.message_id != 1) return;
                            for (auto& each : message.payloads) {
                                if (auto* auth = std::get_if<AuthPayload>(&each.body))
                                    *auth = {AuthMethod::shared_key_mic, {}, Bytes(32)};
                            }
                        }};
        CHECK_FALSE(two.establish());
        CHECK(two.initiator.last<IkeFailed>().detail.find("does not sign") != std::string::npos);
        CHECK(sent_eap(two.initiator).empty());
    }
    SECTION("another AUTH than that of the key of EAP, from either side") {
        const bool of_initiator = GENERATE(true, false);
        auto two = configs.make();
        Meddler meddler{two, [&](Message& message, bool to_responder) {
                            if (to_responder != of_initiator || message.header.message_id != 5) return;
                            for (auto& each : message.payloads) {
                                if (auto* auth = std::get_if<AuthPayload>(&each.body)) auth->data[0] ^= 1;
                            }
                        }};
        CHECK_FALSE(two.establish());
        const auto& side = of_initiator ? two.responder : two.initiator;
        CHECK(side.last<IkeFailed>().failure == Failure::peer_not_authenticated);
        CHECK(side.last<IkeFailed>().detail == "the peer has another key from EAP than we");
    }
    SECTION("AUTH before EAP is through, or no EAP at all") {
        const bool with_auth = GENERATE(true, false);
        auto two = configs.make();
        Meddler meddler{two, [&](Message& message, bool to_responder) {
                            if (!to_responder || message.header.message_id != 3) return;
                            message.payloads.clear();
                            if (with_auth)
                                message.payloads.push_back(
                                    payload(AuthPayload{AuthMethod::shared_key_mic, {}, Bytes(32)}));
                        }};
        CHECK_FALSE(two.establish());
        CHECK(two.responder.last<IkeFailed>().failure == Failure::invalid_syntax);
        CHECK(two.responder.engine.status().empty());
    }
}

TEST_CASE("an initiator may leave during EAP with AUTHENTICATION_FAILED, and say nothing else there",
          "[engine][eap][order][rfc7296]") {
    // Section 2.21.2: "the notification MAY be returned in a separate INFORMATIONAL exchange".
    struct Case {
        std::string_view name;
        std::vector<Payload> payloads;
        bool ends = false;
    };
    const Case cases[] = {
        {"AUTHENTICATION_FAILED", {notify(NotifyType::authentication_failed)}, true},
        {"nothing", {}},
        {"another error", {notify(NotifyType::invalid_syntax)}},
        {"a Delete", {payload(DeletePayload{ProtocolId::ike, 0, 0, {}})}},
        {"what cannot be read", {payload(PayloadType::notify, Opaque{Bytes{0, 0}})}},
    };
    const auto& each = cases[static_cast<std::size_t>(GENERATE(range(0, 5)))];
    const bool damaged = GENERATE(false, true);
    INFO(each.name << (damaged ? ", sealed with other keys" : ""));
    Configs configs{{EapType::ms_eap}};
    configs.initiator.export_keys = configs.responder.trace = true;
    auto two = configs.make();
    Meddler meddler{two, [&](Message& message, bool to_responder) {
                        if (!to_responder || message.header.message_id != 2) return;
                        message.header.exchange = ExchangeType::informational;
                        message.payloads = each.payloads;
                    }};
    two.filter = [sealing = two.filter, damaged](Flight& flight) {
        const bool pass = sealing(flight);
        auto& octets = flight.datagram.octets;
        const auto header = read_header(sim::without_marker(octets));
        if (damaged && header && header->exchange == ExchangeType::informational) octets.back() ^= 1;
        return pass;
    };
    CHECK_FALSE(two.establish());
    const auto answers = two.responder.messages(ExchangeType::informational, true);
    if (each.ends && !damaged) {
        CHECK(two.responder.engine.status().empty());
        CHECK(two.responder.last<IkeFailed>().failure == Failure::authentication_failed);
        REQUIRE(answers.size() == 1);
        CHECK(answers.front().payloads.empty());
        return;
    }
    CHECK(answers.empty());
    REQUIRE(two.responder.engine.status().size() == 1);
    CHECK(two.responder.engine.status().front().state == IkeState::init_answered);
}

TEST_CASE("an initiator that leaves once it was told of its wrong password has failed EAP", "[engine][eap]") {
    Configs configs{{EapType::ms_eap}};
    configs.client->password = secret("another");
    configs.initiator.export_keys = configs.responder.trace = true;
    auto two = configs.make();
    Meddler meddler{two, [&](Message& message, bool to_responder) {
                        if (!to_responder || message.header.message_id != 4) return;
                        message.header.exchange = ExchangeType::informational;
                        message.payloads = {notify(NotifyType::authentication_failed)};
                    }};
    CHECK_FALSE(two.establish());
    CHECK(two.responder.engine.status().empty());
    CHECK(two.responder.last<IkeFailed>().failure == Failure::eap_failed);
    CHECK(two.responder.last<IkeFailed>().detail.find("wrong user name or password") != std::string::npos);
}
