// What findings say: the cause and not a guess at another one, once and not many times over.
#include "tests/catch.hpp"
#include "tests/diagnose/stage.hpp"

using namespace ike;
using namespace ike::testing;

namespace {

diagnose::Diagnosis found(const Said& said, std::string_view id) {
    const auto at = std::ranges::find(said.findings, id, &diagnose::Diagnosis::id);
    REQUIRE(at != said.findings.end());
    return *at;
}
bool says(const diagnose::Diagnosis& finding, std::string_view words) {
    return finding.message.find(words) != std::string::npos;
}
std::size_t count(const Said& said, std::string_view id) {
    return static_cast<std::size_t>(std::ranges::count(said.findings, id, &diagnose::Diagnosis::id));
}

const std::vector<Payload> goodbye{payload(DeletePayload{ProtocolId::ike, 0, 0, {}})};
const std::vector<Payload> update{notify(NotifyType::update_sa_addresses)};

/// ICMP destination unreachable of some code about an IPv4 packet, from whom it was for to whom sent it.
Bytes unreachable(const Bytes& packet, std::uint8_t code) {
    Bytes made{0x45, 0, 0, 0, 0, 0, 0, 0, 64, 1, 0, 0};
    made.insert(made.end(), packet.begin() + 16, packet.begin() + 20);
    made.insert(made.end(), packet.begin() + 12, packet.begin() + 16);
    made.insert(made.end(), {3, code, 0, 0, 0, 0, 0, 0});
    made.insert(made.end(), packet.begin(), packet.begin() + 28);
    made[3] = static_cast<std::uint8_t>(made.size());
    return made;
}

}  // namespace

TEST_CASE("who asks a peer that says goodbye meanwhile has not lost it", "[diagnose][rfc7296]") {
    Stage stage;
    stage.connect({}, {}).pings(5).from(cell_4500).ask(2, goodbye);
    stage.say(ExchangeType::create_child_sa, 0, false, false, {notify(NotifyType::rekey_sa)}).answer(2);
    Stage next{2};
    next.from(cell_4500).wait(2s).connect({}, {}).pings(5);
    stage.merge(next);
    const auto said = stage.diagnose_client();
    CHECK_FALSE(said.has("peer-lost-state"));
    CHECK_FALSE(said.has("roam"));
}

TEST_CASE("going to port 4500 after IKE_SA_INIT is no move", "[diagnose][rfc9242]") {
    Stage stage;
    stage.init_request().init_response();
    stage.say(ExchangeType::ike_intermediate, 1, true, false, {})
        .say(ExchangeType::ike_intermediate, 1, false, true, {});
    CHECK_FALSE(stage.diagnose_client().has("roam"));
}

TEST_CASE("an update that was refused is not told as answered", "[diagnose][mobike]") {
    Stage stage;
    stage.connect()
        .pings(5)
        .from(cell_4500)
        .ask(10, update)
        .answer(10, {notify(NotifyType::unacceptable_addresses)});
    const auto said = stage.diagnose_client();
    CHECK(says(found(said, "roam"), "refused (UNACCEPTABLE_ADDRESSES)"));
    Stage same;
    same.connect().pings(5).ask(10, update).answer(10).pings(5);
    CHECK_FALSE(says(found(same.diagnose_client(), "roam"), "moved"));
}

TEST_CASE("answers that are asked for again and again do not get back on the new path",
          "[diagnose][mobike]") {
    Stage stage;
    stage.connect().pings(5).from(cell_4500).ask(10);
    const auto asked = stage.last_packet();
    stage.answer(10);
    const auto answered = stage.last_packet();
    for (int i = 0; i < 3; ++i) stage.wait(2500ms).raw(asked, 64, 63).raw(answered, 63, 64);
    const auto said = stage.diagnose_gateway();
    REQUIRE(said.alarms_of("mobike-update-unanswered"));
    CHECK(says(found(said, "mobike-update-unanswered"), "do not get back"));
    CHECK_FALSE(said.has("roam"));
}

TEST_CASE("ICMP port unreachable from the peer says that it is gone", "[diagnose][rfc7296]") {
    Stage stage;
    stage.connect().pings(5).wait(1s).ask(2);
    const auto asked = stage.last_packet();
    stage.raw(unreachable(asked, 3), 63, 64);
    for (const auto wait : {4s, 7s, 13s}) stage.wait(wait).raw(asked, 64, 63);
    const auto finding = found(stage.diagnose_client(), "peer-dead");
    CHECK(finding.grade == diagnose::Grade::observed);
    CHECK(says(finding, "nobody listens"));
    CHECK(finding.frames.size() == 5);
    CHECK(finding.advice.find("daemon") != std::string::npos);
}

TEST_CASE("a wrong password is told with the server's own word", "[diagnose][eap][rfc2759]") {
    const std::string text = "E=691 R=1 C=8E098D9D299EC5256FC2CA110A5AD0B9";
    Bytes failure{1, 9,  0, static_cast<std::uint8_t>(9 + text.size()), 26,
                  4, 19, 0, static_cast<std::uint8_t>(4 + text.size())};
    failure.insert(failure.end(), text.begin(), text.end());
    Stage stage;
    stage.init_request().init_response();
    stage.say(ExchangeType::ike_auth, 1, true, false, {payload(EapPayload{Bytes{2, 9, 0, 5, 1}})});
    stage.say(ExchangeType::ike_auth, 1, false, true, {payload(EapPayload{failure})});
    stage.ask(2, {notify(NotifyType::authentication_failed)}).answer(2);
    const auto finding = found(stage.diagnose_client(), "auth-eap");
    CHECK(finding.grade == diagnose::Grade::observed);
    CHECK(says(finding, "error 691: wrong user name or password"));
}

TEST_CASE("a value that many IKE SAs share is one finding", "[diagnose][attack]") {
    const auto weak = *parse_proposal(ProtocolId::ike, "3des-sha1-prfsha1-modp1024", Unsupported::allow);
    Stage all;
    for (std::uint64_t i = 2; i < 6; ++i) {
        Stage one{i};
        one.wait(std::chrono::seconds{i}).init_request({payload(SaPayload{{weak}})});
        one.init_response({payload(NoncePayload{Bytes(32, 6)})});
        all.merge(one);
    }
    const auto said = all.diagnose_gateway(Stage::Keys::none);
    CHECK(count(said, "repeated-values") == 1);
    CHECK(says(found(said, "repeated-values"), "3 other IKE SAs"));
    CHECK(count(said, "weak-crypto") == 1);
}

TEST_CASE("error notifications come with what to do about each", "[diagnose][rfc7296]") {
    Stage stage;
    stage.connect().say(ExchangeType::create_child_sa, 2, true, false, {});
    stage.say(ExchangeType::create_child_sa, 2, false, true, {notify(NotifyType::internal_address_failure)});
    const auto finding = found(stage.diagnose_client(), "child-refused");
    CHECK(says(finding, "answered CREATE_CHILD_SA request 2 with INTERNAL_ADDRESS_FAILURE"));
    CHECK(finding.reference == "RFC 7296 section 3.15.4");
    CHECK(finding.advice.find("pool") != std::string::npos);
}
