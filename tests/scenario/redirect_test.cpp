// RFC 5685: redirects in IKE_SA_INIT, in IKE_AUTH and of an IKE SA that stands, and their loops.
#include "libike/sa/redirect.hpp"
#include "tests/scenario/support.hpp"

using namespace scenario;

namespace {

constexpr auto init = ExchangeType::ike_sa_init;
const auto first = address("203.0.113.2"), second = address("203.0.113.3"), own = address("192.0.2.1");

std::shared_ptr<const Redirection> to(GatewayName gateway, Redirection::In in) {
    return std::make_shared<Redirection>(Redirection{std::move(gateway), in});
}

/// A client and two gateways, the first of which may redirect.
struct Three {
    sim::World world{{}};
    sim::Host& client;
    sim::Host& a;
    sim::Host& b;
    explicit Three(std::shared_ptr<const Redirection> of_a = {}, std::shared_ptr<const Redirection> of_b = {},
                   EngineConfig config = sim::initiator_config())
        : client{world.add(
              {"client", traced_config(std::move(config)), 1, {own}, sim::Setup::addresses("10.1.0.1")})},
          a{world.add({"a", gateway_config(std::move(of_a)), 2, {first}, sim::Setup::addresses("10.2.0.1")})},
          b{world.add(
              {"b", gateway_config(std::move(of_b)), 3, {second}, sim::Setup::addresses("10.2.0.1")})} {}
    static EngineConfig traced_config(EngineConfig config) {
        config.trace = true;
        return config;
    }
    static EngineConfig gateway_config(std::shared_ptr<const Redirection> redirect) {
        auto config = sim::responder_config();
        config.peers[0].redirect = std::move(redirect);
        return traced_config(std::move(config));
    }
    void run() { REQUIRE(world.run_until_quiet(10min) == sim::Ended::done); }
};

}  // namespace

TEST_CASE("gateways in REDIRECT are read back as written, and nothing else is", "[sa][rfc5685]") {
    const auto read = [](std::string_view octets) { return redirect(Notify{{}, {}, {}, *from_hex(octets)}); };
    const auto made = redirect(Redirect{address("192.0.2.9"), {1, 2, 3}});
    CHECK(hex(std::get<Notify>(made.body).data) == "0104c0000209010203");
    REQUIRE(read("0104c0000209010203"));
    CHECK(to_string(read("0104c0000209010203")->gateway) == "192.0.2.9");
    CHECK(hex(read("0104c0000209010203")->nonce) == "010203");
    CHECK(to_string(read("03026777")->gateway) == "gw");
    for (const auto* wrong : {"", "01", "0104c00002", "0105c000020900", "0300", "03020a0a", "0204c0000209",
                              "010400000000", "ff0101"}) {
        INFO(wrong);
        CHECK_FALSE(read(wrong));
    }
}

TEST_CASE("a redirect in answer to IKE_SA_INIT is followed", "[scenario][rfc5685]") {
    Three three{to(second, Redirection::In::ike_sa_init)};
    three.client.initiate(first);
    three.run();
    REQUIRE(three.client.established().size() == 1);
    CHECK(three.client.ike_sa().path.remote.address == second);
    CHECK(three.client.ike_sa().redirected_from == std::optional{first});
    CHECK(three.client.last<Redirected>()->followed);
    CHECK(three.a.engine().status().empty());  // no state there
    CHECK(three.b.established().size() == 1);
    const auto requests = sent(three.client, init);
    CHECK(has(requests.front(), NotifyType::redirect_supported));
    const auto from = notifies(requests.back(), NotifyType::redirected_from);
    REQUIRE(from.size() == 1);
    CHECK(hex(from[0].data) == "0104cb007102");
    CHECK_FALSE(has(requests.back(), NotifyType::redirect_supported));
    // Section 3: our nonce comes back.
    const auto answer = notifies(received(three.client, init).front(), NotifyType::redirect);
    CHECK(hex(redirect(answer.at(0))->nonce) == hex(requests.front().get<NoncePayload>()->data));
}

TEST_CASE("a redirect without our nonce is dropped, and the real answer is heard", "[scenario][rfc5685]") {
    Three three;
    int forged = 0;
    three.world.network().set_filter([&](Instant now, sim::Packet& packet) {
        const auto header = ike_header(packet);
        if (!header || header->exchange != init || header->is_response()) return sim::Network::Fate::pass;
        // Someone on the way answers first.
        Message lie;
        lie.header.initiator_spi = header->initiator_spi;
        lie.header.exchange = init;
        lie.header.flags = flag_response;
        lie.payloads.push_back(redirect(Redirect{second, Bytes(32, 7)}));
        three.world.network().inject(now + 1ms,
                                     {packet.to, packet.from, write_message(lie), Carrier::udp, 0});
        ++forged;
        return sim::Network::Fate::pass;
    });
    three.client.initiate(first);
    three.run();
    CHECK(forged > 0);
    REQUIRE(three.client.established().size() == 1);
    CHECK(three.client.ike_sa().path.remote.address == first);
    CHECK(three.client.count<Redirected>() == 0);
}

TEST_CASE("a redirect in IKE_AUTH is followed once both have proved who they are", "[scenario][rfc5685]") {
    Three three{to(second, Redirection::In::ike_auth)};
    three.client.initiate(first);
    three.run();
    REQUIRE(three.client.established().size() == 1);
    CHECK(three.client.engine().status().size() == 1);
    CHECK(three.client.ike_sa().path.remote.address == second);
    // The IKE SA with the first was deleted; there never was a Child SA.
    CHECK(three.a.engine().status().empty());
    CHECK(three.a.count<ChildEstablished>() == 0);
    CHECK(three.a.count<IkeEstablished>() == 1);
    CHECK(three.b.established().size() == 1);
    CHECK(three.client.count<IkeFailed>() == 0);
}

TEST_CASE("an IKE SA that stands is redirected without a gap", "[scenario][rfc5685]") {
    Three three;
    three.client.initiate(first);
    three.run();
    REQUIRE(three.client.established().size() == 1);
    three.a.give(RedirectPeer{three.a.ike_sa().id, second});
    three.run();
    REQUIRE(three.client.established().size() == 1);
    CHECK(three.client.ike_sa().path.remote.address == second);
    CHECK(three.client.data_plane().traffic().size() == 1);
    CHECK(three.a.engine().status().empty());
    CHECK(three.client.count<IkeFailed>() == 0);
    // Section 10: an initiator redirects nobody.
    three.client.give(RedirectPeer{three.client.ike_sa().id, first});
    three.run();
    CHECK(std::holds_alternative<Dropped>(three.client.log().back().event));
    CHECK(three.b.established().size() == 1);
}

TEST_CASE("redirects in a circle end by name", "[scenario][rfc5685]") {
    const auto in = GENERATE(Redirection::In::ike_sa_init, Redirection::In::ike_auth);
    Three three{to(second, in), to(first, in)};
    three.client.initiate(first);
    three.run();
    CHECK(three.client.established().empty());
    REQUIRE(three.client.last<IkeFailed>());
    CHECK(three.client.last<IkeFailed>()->failure == Failure::redirected);
    CHECK(three.client.count<IkeFailed>() == 1);
    // Section 7: MAX_REDIRECTS is 5.
    CHECK(three.client.count<Redirected>() == 6);
    for (const auto* host : {&three.client, &three.a, &three.b}) CHECK(host->engine().status().empty());
}

TEST_CASE("who does not follow redirects is not sent any, and a name is for the caller to look up",
          "[scenario][rfc5685]") {
    SECTION("no support: served all the same") {
        auto config = sim::initiator_config();
        config.peers[0].follow_redirects = false;
        Three three{
            to(second, GENERATE(Redirection::In::ike_sa_init, Redirection::In::ike_auth)), {}, config};
        three.client.initiate(first);
        three.run();
        REQUIRE(three.client.established().size() == 1);
        CHECK(three.client.ike_sa().path.remote.address == first);
    }
    SECTION("a name") {
        Three three{to(std::string{"gw2.example"}, Redirection::In::ike_sa_init)};
        three.client.initiate(first);
        three.run();
        CHECK(three.client.established().empty());
        REQUIRE(three.client.last<Redirected>());
        CHECK(to_string(three.client.last<Redirected>()->to) == "gw2.example");
        CHECK(three.client.last<IkeFailed>()->failure == Failure::redirected);
    }
}
