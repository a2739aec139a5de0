#include "tests/catch.hpp"
#include "tests/eap/talk.hpp"

using namespace ike;
using namespace ike::testing;
using crypto::TlsVersion;

namespace {

Talk tls_talk(TlsVersion version = TlsVersion::v1_3) {
    Talk talk{{EapType::tls}, {EapType::tls}};
    talk.client.versions = talk.server.versions = {version, version};
    talk.expected_server = Identity::parse("gateway.example").value();
    return talk;
}

}  // namespace

TEST_CASE("EAP-TLS proves both sides and makes a key", "[eap][rfc5216][rfc9190]") {
    const auto version = GENERATE(TlsVersion::v1_2, TlsVersion::v1_3);
    auto talk = tls_talk(version);
    INFO("TLS 1." << (version == TlsVersion::v1_2 ? 2 : 3));
    SECTION("in few packets") {
        talk.run();
        CHECK(talk.client_error.empty());
        CHECK(talk.server_error.empty());
        REQUIRE(talk.is_agreed());
        CHECK(talk.server_msk.size() == 64);
        CHECK(talk.largest < 1100);
    }
    SECTION("in many fragments") {
        talk.client.fragment = 100;
        talk.server.fragment = 77;
        talk.run();
        REQUIRE(talk.is_agreed());
        CHECK(talk.largest <= 100 + 10);
        CHECK(talk.rounds > 15);
    }
    SECTION("RSA on the client") {
        talk.client_files = TlsFiles{pki::rsa_pem, pki::rsa_key};
        talk.run();
        CHECK(talk.is_agreed());
    }
    SECTION("an anonymous client is known by its certificate (RFC 9190 section 2.1.4)") {
        talk.client.identity = "@example";
        talk.run();
        REQUIRE(talk.is_agreed());
        CHECK(talk.identity == "client.example");
    }
}

TEST_CASE("a server of either version meets a client of both", "[eap][rfc9190]") {
    const auto version = GENERATE(TlsVersion::v1_2, TlsVersion::v1_3);
    auto talk = tls_talk(version);
    talk.client.versions = {};
    talk.run();
    CHECK(talk.is_agreed());
}

TEST_CASE("EAP-TLS refuses who is not certified, on both sides", "[eap][rfc5216]") {
    const auto version = GENERATE(TlsVersion::v1_2, TlsVersion::v1_3);
    auto talk = tls_talk(version);
    INFO("TLS 1." << (version == TlsVersion::v1_2 ? 2 : 3));
    SECTION("a server whose CA the client does not know") {
        talk.client_files = TlsFiles{pki::client_pem, pki::client_key, pki::other_ca_pem};
        talk.run();
        CHECK(talk.client_error.find("neither trusted nor in the chain") != std::string::npos);
        CHECK(talk.server_error.find("alert") != std::string::npos);
    }
    SECTION("a client whose CA the server does not know") {
        talk.server_files = TlsFiles{pki::gateway_pem, pki::gateway_key, pki::other_ca_pem};
        talk.run();
        CHECK(talk.server_error.find("neither trusted nor in the chain") != std::string::npos);
        CHECK(talk.client_error.find("alert") != std::string::npos);
    }
    SECTION("a server of another name") {
        talk.expected_server = Identity::parse("other.example").value();
        talk.run();
        CHECK(talk.client_error.find("does not say other.example") != std::string::npos);
    }
    SECTION("a client that says it is somebody else") {
        talk.client.identity = "mallory.example";
        talk.run();
        CHECK(talk.server_error.find("does not say mallory.example") != std::string::npos);
    }
    SECTION("a client without a certificate") {
        talk.client_files.chain.clear();
        talk.run();
        CHECK(talk.server_error.find("certificate") != std::string::npos);
    }
    CHECK_FALSE(talk.client_done);
    CHECK_FALSE(talk.server_done);
}

TEST_CASE("EAP-TLS without the protected word of success is no success", "[eap][rfc9190]") {
    // A server that says EAP Success in the place of its last request.
    auto talk = tls_talk();
    talk.run();
    REQUIRE(talk.is_agreed());
    const auto last_request = talk.rounds - 1;
    auto early = tls_talk();
    unsigned requests = 0;
    early.meddle = [&](bool to_server, Bytes& packet) {
        if (!to_server && requests++ == last_request)
            packet = eap::write_packet({EapCode::success, packet[1], {}, {}});
    };
    early.run();
    CHECK(early.client_error == "EAP Success before EAP-TLS was finished");
}

TEST_CASE("EAP-TLS fragments are bounded and must fit together", "[eap][rfc5216]") {
    eap::TlsChannel channel{100};
    SECTION("more octets than are taken") {
        CHECK_FALSE(channel.take(Bytes{0xc0, 0x00, 0x01, 0x00, 0x01, 1, 2, 3}));
        Result<eap::TlsChannel::Received> taken = eap::TlsChannel::Received{};
        std::size_t octets = 0;
        Bytes part(1001);
        part[0] = 0x40;
        for (; taken && octets < 1'000'000; octets += 1000) taken = channel.take(part);
        CHECK(octets <= eap::TlsChannel::largest + 1000);
    }
    SECTION("a length that is not kept") {
        CHECK(channel.take(Bytes{0xc0, 0, 0, 0, 4, 1, 2}));
        CHECK_FALSE(channel.take(Bytes{0x00, 3, 4, 5}));
    }
    SECTION("a length cut off, a fragment without data") {
        CHECK_FALSE(channel.take(Bytes{0x80, 0, 0}));
        CHECK_FALSE(channel.take(Bytes{0x40}));
    }
    SECTION("a message of several fragments comes out whole") {
        Bytes message(250);
        for (std::size_t i = 0; i < message.size(); ++i) message[i] = static_cast<std::uint8_t>(i);
        channel.put(message);
        eap::TlsChannel other{100};
        for (unsigned left = 3; left > 0; --left) {
            REQUIRE(channel.has_more());
            const auto taken = other.take(channel.next());
            REQUIRE(taken);
            CHECK(taken->whole == (left == 1));
            if (taken->whole) CHECK(taken->message == message);
        }
        CHECK_FALSE(channel.has_more());
    }
}

TEST_CASE("a server answers any prefix of what a client sends with failure, not with a crash",
          "[eap][robustness]") {
    auto talk = tls_talk();
    talk.run();
    for (std::size_t cut = 0; cut < 40; ++cut) {
        auto other = tls_talk();
        unsigned count = 0;
        other.meddle = [&](bool to_server, Bytes& packet) {
            if (!to_server || ++count != 3) return;
            packet.resize(packet.size() > cut ? packet.size() - cut : 0);
            if (packet.size() < 5) return;
            packet[2] = static_cast<std::uint8_t>(packet.size() >> 8);
            packet[3] = static_cast<std::uint8_t>(packet.size());
        };
        other.run();
        CHECK(other.is_agreed() == (cut == 0));
    }
}
