// Which proof is given and believed: announced methods (RFC 9593), wishes, revocation; keys told where a PPK
// is mixed in.
#include "libike/sa/auth_methods.hpp"
#include "tests/catch.hpp"
#include "tests/engine/pki.hpp"
#include "tests/engine/two_engines.hpp"
#include "tests/pki_files.hpp"

using namespace ike;
using namespace ike::testing;

namespace {

constexpr std::chrono::seconds in_2027{1'800'000'000};

std::shared_ptr<LocalCredentials> local(std::string_view certificate, std::string_view key) {
    auto credentials = std::make_shared<LocalCredentials>();
    credentials->chain = crypto::Certificate::from_pem(certificate).value();
    credentials->private_key.emplace(std::move(crypto::PrivateKey::from_pem(key).value()));
    return credentials;
}

struct Configs {
    EngineConfig initiator = initiator_config(), responder = responder_config();
    std::shared_ptr<LocalCredentials> ours;
    std::shared_ptr<RemoteCredentials> theirs = std::make_shared<RemoteCredentials>();
    explicit Configs(std::string_view certificate = pki::client_pem, std::string_view key = pki::client_key)
        : ours{local(certificate, key)} {
        initiator.wall_offset = responder.wall_offset = in_2027;
        auto trusted = std::make_shared<RemoteCredentials>();
        trusted->trusted = theirs->trusted = crypto::Certificate::from_pem(pki::ca_pem).value();
        initiator.peers[0].local = ours;
        initiator.peers[0].remote = std::move(trusted);
        responder.peers[0].local = local(pki::gateway_pem, pki::gateway_key);
        responder.peers[0].remote = theirs;
    }
    TwoEngines make() { return TwoEngines{std::move(initiator), std::move(responder)}; }
};

std::string auth_of(const TwoEngines& two) { return two.responder.last<IkeEstablished>().auth; }
AuthMethod method_of(const Side& side, bool sent) {
    return side.messages(ExchangeType::ike_auth, sent).front().get<AuthPayload>()->method;
}

}  // namespace

TEST_CASE("announcements are read back as they were written; broken ones end the list", "[sa][rfc9593]") {
    const std::vector<AnnouncedMethod> methods{
        {AuthMethod::digital_signature, 0, Bytes{0x30, 0x05, 6, 3, 43, 101, 112}},
        {AuthMethod::ecdsa_sha256_p256, 2, {}},
        {AuthMethod::shared_key_mic, 0, {}}};
    const auto made = supported_auth_methods(methods);
    const auto& notify = std::get<Notify>(made.body);
    // RFC 9593 section 3.2: length, method, for signatures a CA's number, for Digital Signature an
    // AlgorithmIdentifier.
    CHECK(hex(notify.data) ==
          "0a0e00300506032b6570"
          "030902"
          "0202");
    CHECK(announced_methods(notify) == methods);
    const auto read = [](Bytes data) {
        return announced_methods(Notify{{}, {}, {}, std::move(data)}).size();
    };
    CHECK(read({}) == 0);
    CHECK(read({2, 2, 0, 0}) == 1);
    CHECK(read({2, 2, 1, 2}) == 1);
    CHECK(read({200, 14, 0, 1}) == 0);
    CHECK(read({3, 14, 0, 2, 2}) == 1);  // Digital Signature without an algorithm says nothing
}

TEST_CASE("each side announces what it can verify, and gives what the other can", "[engine][rfc9593]") {
    SECTION("the responder in IKE_SA_INIT, the initiator in IKE_AUTH") {
        auto two = Configs{pki::rsa_pem, pki::rsa_key}.make();
        REQUIRE(two.establish());
        const auto first = two.initiator.messages(ExchangeType::ike_sa_init, false).front();
        const auto request = two.responder.messages(ExchangeType::ike_auth, false).front();
        for (const auto* message : {&first, &request}) {
            const auto* notify = message->notify(NotifyType::supported_auth_methods);
            REQUIRE(notify != nullptr);
            const auto methods = announced_methods(*notify);
            CHECK(std::ranges::find(methods, AuthMethod::rsa_digital_signature, &AnnouncedMethod::method) !=
                  methods.end());
            CHECK(std::ranges::find(methods, AuthMethod::shared_key_mic, &AnnouncedMethod::method) ==
                  methods.end());
        }
        CHECK(auth_of(two).find("RSA-PSS") != std::string::npos);
    }
    SECTION("a responder that verifies secrets alone gets one, though there is a certificate") {
        Configs configs;
        const auto psk = psk_peer("client.example", "gateway.example");
        configs.ours->psk = psk.local->psk.clone();
        configs.theirs->trusted.clear();
        configs.theirs->psk = psk.remote->psk.clone();
        auto two = configs.make();
        REQUIRE(two.establish());
        CHECK(method_of(two.initiator, true) == AuthMethod::shared_key_mic);
    }
    SECTION("the order is the peer's: classic ECDSA where it likes that best") {
        auto two = Configs{}.make();
        two.filter = [&](Flight& flight) {
            // What nobody protects yet can be rewritten; AUTH covers it, so that it does not end well.
            auto message = parse_message(flight.datagram.octets);
            if (!message || flight.to_responder || message->header.exchange != ExchangeType::ike_sa_init)
                return true;
            for (auto& each : message->payloads) {
                auto* body = std::get_if<Notify>(&each.body);
                if (body != nullptr && body->type == NotifyType::supported_auth_methods)
                    body->data = {3, 9, 0};
            }
            flight.datagram.octets = write_message(*message);
            return true;
        };
        CHECK_FALSE(two.establish());
        CHECK(method_of(two.initiator, true) == AuthMethod::ecdsa_sha256_p256);
        CHECK(two.initiator.last<IkeFailed>().failure == Failure::peer_not_authenticated);
    }
    SECTION("a list that IKE_SA_INIT has no room for is asked for in IKE_INTERMEDIATE") {
        Configs configs;
        for (auto* config : {&configs.initiator, &configs.responder}) {
            config->peers[0].ike_proposals =
                parse_proposals(ProtocolId::ike, "aes128gcm16-prfsha256-x25519-ke1_ecp256").value();
        }
        auto two = configs.make();
        two.filter = [&](Flight& flight) {
            auto message = parse_message(flight.datagram.octets);
            if (!message || flight.to_responder || message->header.exchange != ExchangeType::ike_sa_init)
                return true;
            for (auto& each : message->payloads) {
                auto* body = std::get_if<Notify>(&each.body);
                if (body != nullptr && body->type == NotifyType::supported_auth_methods) body->data.clear();
            }
            flight.datagram.octets = write_message(*message);
            return true;
        };
        CHECK_FALSE(two.establish());  // IKE_SA_INIT was changed on its way
        const auto asked = two.responder.messages(ExchangeType::ike_intermediate, false);
        REQUIRE(asked.size() == 1);
        REQUIRE(asked[0].notify(NotifyType::supported_auth_methods) != nullptr);
        CHECK(asked[0].notify(NotifyType::supported_auth_methods)->data.empty());
        const auto told = two.initiator.messages(ExchangeType::ike_intermediate, false);
        REQUIRE(told.size() == 1);
        REQUIRE(told[0].notify(NotifyType::supported_auth_methods) != nullptr);
        CHECK_FALSE(announced_methods(*told[0].notify(NotifyType::supported_auth_methods)).empty());
    }
}

TEST_CASE("what we sign with can be chosen", "[engine][rfc7427][rfc4754]") {
    using crypto::SignatureWish;
    const auto established_with = [](std::string_view certificate, std::string_view key, SignatureWish wish) {
        Configs configs{certificate, key};
        configs.ours->signature = wish;
        auto two = configs.make();
        REQUIRE(two.establish());
        return std::pair{method_of(two.initiator, true), auth_of(two)};
    };
    CHECK(established_with(pki::rsa_pem, pki::rsa_key, SignatureWish::pss).second.find("RSA-PSS") !=
          std::string::npos);
    const auto pkcs1 = established_with(pki::rsa_pem, pki::rsa_key, SignatureWish::pkcs1);
    CHECK(pkcs1.first == AuthMethod::digital_signature);
    CHECK(pkcs1.second.find("RSA-PSS") == std::string::npos);
    CHECK(established_with(pki::rsa_pem, pki::rsa_key, SignatureWish::classic).first ==
          AuthMethod::rsa_digital_signature);
    CHECK(established_with(pki::client_pem, pki::client_key, SignatureWish::classic).first ==
          AuthMethod::ecdsa_sha256_p256);
}

TEST_CASE("a revoked certificate proves nothing", "[engine][rfc5280]") {
    // tests/vectors/pki: leaves of an intermediate of a root, "revoked" is on the intermediate's list.
    const auto attempt = [](const std::string& leaf, std::vector<crypto::RevocationList> lists,
                            crypto::Revocation revocation) {
        Configs configs;
        const auto key = pki_text("p256.key");
        auto ours = std::make_shared<LocalCredentials>();
        ours->chain = {pki_certificate(leaf), pki_certificate("intermediate")};
        ours->private_key.emplace(std::move(crypto::PrivateKey::from_pem(key).value()));
        configs.initiator.peers[0].local = std::move(ours);
        configs.initiator.peers[0].local_id = Identity::parse("fqdn:" + leaf + ".example").value();
        configs.responder.peers[0].remote_id.reset();
        configs.theirs->trusted = {pki_certificate("root")};
        configs.theirs->revoked = std::move(lists);
        configs.theirs->revocation = revocation;
        const std::chrono::seconds valid{pki_certificate("p256").not_before() + 3600};
        configs.responder.wall_offset = valid;
        auto two = configs.make();
        two.establish();
        const auto failures = two.responder.all<IkeFailed>();
        return failures.empty() ? std::string{"established"} : failures.back().detail;
    };
    const std::vector lists{pki_list("intermediate"), pki_list("root")};
    CHECK(attempt("p256", lists, crypto::Revocation::required) == "established");
    CHECK(attempt("p256", {}, crypto::Revocation::if_known) == "established");
    CHECK(attempt("p256", {}, crypto::Revocation::required).find("no revocation list") != std::string::npos);
    CHECK(attempt("revoked", lists, crypto::Revocation::if_known).find("revoked") != std::string::npos);
}

TEST_CASE("the keys that a post-quantum preshared key makes are told", "[engine][rfc8784]") {
    auto ours = initiator_config(), theirs = responder_config();
    auto ppk = std::make_shared<Ppk>();
    ppk->id = to_bytes(std::string_view{"lab"});
    ppk->secret = SecretBytes{to_bytes(std::string_view{"0123456789abcdef0123456789abcdef"})};
    ours.peers[0].ppk = theirs.peers[0].ppk = ppk;
    ours.export_keys = theirs.export_keys = true;
    TwoEngines two{std::move(ours), std::move(theirs)};
    REQUIRE(two.establish());
    for (const auto* side : {&two.initiator, &two.responder}) {
        std::vector<const IkeKeyRecord*> told;
        for (const auto& each : side->events) {
            const auto* keys = std::get_if<KeysDerived>(&each);
            if (keys != nullptr && std::holds_alternative<IkeKeyRecord>(keys->record))
                told.push_back(&std::get<IkeKeyRecord>(keys->record));
        }
        REQUIRE(told.size() == 2);
        CHECK(equal(told[0]->keys.ei, told[1]->keys.ei));
        // RFC 8784 section 3: SK_d = prf+(PPK, SK_d').
        auto mixed = told[0]->keys.clone();
        mix_ppk(told[0]->suite.prf, ppk->secret, mixed);
        CHECK(equal(told[1]->keys.d, mixed.d));
        CHECK(equal(told[1]->keys.pi, mixed.pi));
        CHECK(equal(told[1]->keys.pr, mixed.pr));
        // The Child SA's keys follow from the last line.
        const auto request = two.responder.messages(ExchangeType::ike_sa_init, false).front();
        const auto* installed = side->ordered<InstallChild>().front();
        const auto derived = derive_child_keys(told[1]->suite.prf, told[1]->keys.d, installed->suite, {},
                                               told[1]->nonce_i, told[1]->nonce_r);
        CHECK(equal(side == &two.initiator ? installed->encr_out : installed->encr_in, derived.ei));
    }
}
