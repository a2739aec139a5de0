#include "libike/io/session.hpp"

#include "libike/inner/echo.hpp"
#include "libike/sa/traffic_selectors.hpp"
#include "tests/catch.hpp"

using namespace ike;
using namespace std::chrono_literals;

namespace {

Address address(const char* text) { return *Address::parse(text); }

PeerConfig peer(const char* local_id, const char* remote_id) {
    PeerConfig config;
    config.local_id = *Identity::parse(local_id);
    config.remote_id = *Identity::parse(remote_id);
    auto local = std::make_shared<LocalCredentials>();
    local->psk = SecretBytes{to_bytes(std::string_view{"secret"})};
    auto remote = std::make_shared<RemoteCredentials>();
    remote->psk = local->psk.clone();
    config.local = local;
    config.remote = remote;
    config.ts_local = config.ts_remote = {everything(Address::Family::v4)};
    return config;
}

io::SessionConfig session(PeerConfig with, const char* local) {
    io::SessionConfig config;
    config.engine.peers.push_back(std::move(with));
    config.engine.ike_port = config.engine.nat_port = 0;
    config.local = {address(local)};
    config.native_esp = io::NativeEsp::never;
    return config;
}

struct Ends {
    Ends() {
        auto serving = session(peer("gw.example", "me.example"), "127.0.0.1");
        serving.engine.respond = true;
        gateway.emplace(open(std::move(serving)));
        auto calling = session(peer("me.example", "gw.example"), "127.0.0.2");
        calling.engine.remote_ike_port = gateway->engine().config().ike_port;
        calling.engine.remote_nat_port = gateway->engine().config().nat_port;
        client.emplace(open(std::move(calling)));
        client->on_event([this](Instant, const Event& event) {
            established = established || std::holds_alternative<ChildEstablished>(event);
        });
        REQUIRE(client->initiate(0, address("127.0.0.1")));
        REQUIRE(loop.run_until([this] { return established; }, io::now() + 30s) == io::Ended::done);
    }
    io::Session open(io::SessionConfig config) {
        auto opened = io::Session::open(loop, std::move(config));
        REQUIRE(opened);
        return std::move(*opened);
    }
    io::Loop loop;
    std::optional<io::Session> gateway, client;
    bool established = false;
};

}  // namespace

TEST_CASE("two sessions set up a tunnel over sockets, and echo requests come back through it", "[io]") {
    Ends ends;
    std::vector<inner::Probe> replies;
    ends.client->on_inner([&](const io::InnerArrival& arrival) {
        if (const auto reply = inner::read_reply(arrival.packet)) replies.push_back(*reply);
    });
    const std::size_t count = 200;
    ends.client->begin_batch();
    for (std::size_t number = 0; number < count; ++number) {
        inner::Probe probe{address("127.0.0.2"), address("127.0.0.1"), 5, number, io::now(), 84 + number % 3};
        REQUIRE(ends.client->send_inner(inner::request(probe)));
    }
    ends.client->end_batch();
    REQUIRE(ends.loop.run_until([&] { return replies.size() == count; }, io::now() + 30s) == io::Ended::done);
    for (std::size_t number = 0; number < count; ++number) CHECK(replies[number].number == number);
    const auto traffic = ends.gateway->data_plane().traffic();
    REQUIRE(traffic.size() == 1);
    CHECK(traffic[0].packets_in == count);
    CHECK(traffic[0].packets_out == count);
}

TEST_CASE("closing a session deletes its SAs at the other end too", "[io]") {
    Ends ends;
    ends.client->close(30s);
    CHECK(ends.client->engine().status().empty());
    CHECK(ends.gateway->engine().status().empty());
    CHECK(ends.gateway->data_plane().traffic().empty());
}

TEST_CASE("an inner packet that no Child SA is for is refused and counted", "[io]") {
    Ends ends;
    const inner::Probe stranger{address("2001:db8::1"), address("2001:db8::2"), 5, 0, io::now(), 84};
    const auto sent = ends.client->send_inner(inner::request(stranger));
    REQUIRE_FALSE(sent);
    CHECK(sent.error() == DataPlane::OutFailure::no_selector);
    CHECK(ends.client->counters().inner_no_selector == 1);
}

TEST_CASE("ESP of a stranger is counted and changes nothing", "[io]") {
    Ends ends;
    const auto& config = ends.gateway->engine().config();
    const Path path{{address("127.0.0.2"), ends.client->engine().config().nat_port},
                    {address("127.0.0.1"), config.nat_port}};
    REQUIRE(ends.client->send_raw(path, Bytes(60, 0x5a)));
    REQUIRE(ends.loop.run_until([&] { return ends.gateway->counters().esp_unknown_spi == 1; },
                                io::now() + 30s) == io::Ended::done);
    CHECK(ends.gateway->engine().status().size() == 1);
}
