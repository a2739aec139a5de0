#include "tests/catch.hpp"
#include "tests/eap/talk.hpp"

using namespace ike;
using namespace ike::testing;
using eap::Packet;
using eap::write_packet;

namespace {

/// A client that is handed packets one by one.
struct Client {
    eap::PeerSettings settings;
    SeededRng rng{1};
    eap::Peer peer;
    explicit Client(std::vector<EapType> methods)
        : settings{std::move(methods), "alice", SecretBytes{to_bytes(std::string_view{"pw"})}, {}, 1024, {}},
          peer{settings, eap::Methods::all, {}, rng} {}
    Result<std::optional<Bytes>> take(Packet packet) { return peer.take(write_packet(packet)); }
    Packet answer(Packet packet) {
        return eap::parse_packet(take(std::move(packet)).value().value()).value();
    }
};

}  // namespace

TEST_CASE("EAP methods with passwords prove the client, and MSCHAPv2 the server and a key too",
          "[eap][rfc3748][rfc2759]") {
    const auto method = GENERATE(EapType::ms_eap, EapType::md5_challenge, EapType::gtc);
    INFO(eap::method_name(method));
    Talk talk{{method}, {method}};
    SECTION("right password") {
        talk.run();
        CHECK(talk.is_agreed());
        CHECK(talk.identity == "client.example");
        CHECK(talk.server_msk.size() == (method == EapType::ms_eap ? 64 : 0));
    }
    SECTION("wrong password") {
        talk.client.password = SecretBytes{to_bytes(std::string_view{"clientpass"})};
        talk.run();
        CHECK_FALSE(talk.client_done);
        CHECK(talk.server_error.find("wrong user name or password") != std::string::npos);
        CHECK(talk.client_error.starts_with("EAP Failure after " + eap::method_name(method)));
    }
    SECTION("a user who does not exist fares no different") {
        talk.client.identity = "nobody";
        talk.run();
        CHECK_FALSE(talk.client_done);
        CHECK(talk.server_error.find("wrong user name or password") != std::string::npos);
    }
    SECTION("every octet of the client's answers counts, and none crashes") {
        for (std::size_t at = 0; at < 60; ++at) {
            Talk other{{method}, {method}};
            unsigned count = 0;
            other.meddle = [&](bool to_server, Bytes& packet) {
                if (to_server && ++count == 2 && at < packet.size()) packet[at] ^= 0x10;
            };
            other.run();
            // The reserved octets and flags of MSCHAPv2 are all that may change.
            const bool reserved = method == EapType::ms_eap && ((at >= 26 && at < 34) || at == 58);
            const bool beyond = count >= 2 && at >= other.packets.at(3).size();
            CHECK(other.server_done == (reserved || beyond));
        }
    }
}

TEST_CASE("a server that does not know the password is found out by MSCHAPv2", "[eap][rfc2759]") {
    Talk talk;
    talk.meddle = [](bool to_server, Bytes& packet) {
        if (!to_server && packet.size() > 12 && packet[5] == 3)
            packet[12] ^= 1;  // Success: a digit of its proof
    };
    talk.run();
    CHECK_FALSE(talk.client_done);
    CHECK(talk.client_error.find("does not know our password") != std::string::npos);
}

TEST_CASE("a method that the client does not speak is answered with Nak, and another offered",
          "[eap][rfc3748]") {
    SECTION("the server has another") {
        Talk talk{{EapType::md5_challenge, EapType::gtc, EapType::ms_eap}, {EapType::ms_eap}};
        talk.run();
        CHECK(talk.is_agreed());
        CHECK(talk.method == EapType::ms_eap);
        CHECK(talk.rounds == 4);  // identity, Nak, response, success
    }
    SECTION("there is none in common") {
        Talk talk{{EapType::md5_challenge, EapType::gtc}, {EapType::ms_eap}};
        talk.run();
        CHECK(talk.server_error == "the client takes none of our EAP methods");
        CHECK(talk.client_error == "EAP Failure before any method was begun");
    }
    SECTION("where EAP is to prove both sides, passwords are not asked for") {
        Talk talk{{EapType::ms_eap, EapType::tls}, {EapType::ms_eap, EapType::tls}};
        talk.which = eap::Methods::safe_alone;
        talk.run();
        CHECK(talk.is_agreed());
        CHECK(talk.method == EapType::tls);
    }
}

TEST_CASE("what a client is asked out of order ends its conversation", "[eap][rfc3748]") {
    SECTION("Success at once") {
        Client client{{EapType::ms_eap}};
        const auto taken = client.take({EapCode::success, 1, {}, {}});
        REQUIRE_FALSE(taken);
        CHECK(taken.error().what == "EAP Success before any method was begun");
    }
    SECTION("Success after the identity") {
        Client client{{EapType::ms_eap}};
        CHECK(client.answer({EapCode::request, 9, EapType::identity, {}}) ==
              Packet{EapCode::response, 9, EapType::identity, to_bytes(std::string_view{"alice"})});
        CHECK_FALSE(client.take({EapCode::success, 9, {}, {}}));
    }
    SECTION("Success in the middle of a method") {
        Talk talk;
        unsigned requests = 0;
        talk.meddle = [&](bool to_server, Bytes& packet) {
            if (!to_server && ++requests == 3) packet = write_packet({EapCode::success, packet[1], {}, {}});
        };
        talk.run();
        CHECK(talk.client_error == "EAP Success before EAP-MSCHAPv2 was finished");
    }
    SECTION("another method in the middle of one") {
        Client client{{EapType::md5_challenge, EapType::gtc}};
        CHECK(client.answer({EapCode::request, 1, EapType::md5_challenge, {2, 7, 7}}).data.size() == 17);
        CHECK_FALSE(client.take({EapCode::request, 2, EapType::gtc, {}}));
    }
    SECTION("requests without end") {
        Client client{{EapType::ms_eap}};
        unsigned taken = 0;
        while (taken < 1000 && client.take({EapCode::request, 1, EapType::notification, {'h', 'i'}})) ++taken;
        CHECK(taken == eap::most_requests);
    }
    SECTION("an expanded type is refused in kind") {
        Client client{{EapType::ms_eap}};
        const auto nak = client.answer({EapCode::request, 1, EapType::expanded, {0, 0, 9, 0, 0, 0, 1}});
        CHECK(nak.type == EapType::expanded);
        CHECK(hex(nak.data) ==
              "00000000000003"
              "fe0000000000001a");
    }
    SECTION("a response") {
        Client client{{EapType::ms_eap}};
        CHECK_FALSE(client.take({EapCode::response, 1, EapType::identity, {}}));
    }
}

TEST_CASE("EAP packets are read strictly and written as they were", "[eap][rfc3748]") {
    const auto octets = write_packet({EapCode::request, 5, EapType::gtc, {'x'}});
    CHECK(hex(octets) == "010500060678");
    CHECK(write_packet(eap::parse_packet(octets).value()) == octets);
    for (std::size_t size = 0; size < octets.size(); ++size)
        CHECK_FALSE(eap::parse_packet(ByteView{octets}.first(size)));
    CHECK(hex(write_packet({EapCode::success, 5, {}, {}})) == "03050004");
    CHECK_FALSE(eap::parse_packet(Bytes{3, 5, 0, 5, 0}));
    CHECK_FALSE(eap::parse_packet(Bytes{1, 5, 0, 4}));
}
