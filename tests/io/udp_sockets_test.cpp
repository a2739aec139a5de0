#include "libike/io/udp_sockets.hpp"

#include <map>

#include "libike/io/loop.hpp"
#include "tests/catch.hpp"

using namespace ike;
using namespace std::chrono_literals;

namespace {

Address address(const char* text) { return *Address::parse(text); }

/// Sockets on free ports, and what came to them.
struct End {
    End(io::Loop& loop, std::vector<Address> local) {
        io::SocketsConfig config;
        config.local = std::move(local);
        config.ike_port = config.nat_port = 0;
        io::SocketHandlers handlers;
        handlers.received = [this](Instant, io::ReceivedDatagram in) {
            arrived.push_back({in.path, to_bytes(in.octets), in.carrier});
            traffic_classes.push_back(in.traffic_class);
        };
        handlers.error = [this](Instant, const io::NetworkError& error) { errors.push_back(error); };
        auto opened = io::UdpSockets::open(loop, std::move(config), std::move(handlers));
        REQUIRE(opened);
        sockets.emplace(std::move(*opened));
    }
    std::vector<Datagram> arrived;
    std::vector<std::uint8_t> traffic_classes;
    std::vector<io::NetworkError> errors;
    std::optional<io::UdpSockets> sockets;
};

/// More than anything takes.
void wait(io::Loop& loop, const std::function<bool()>& done) {
    REQUIRE(loop.run_until(done, io::now() + 30s) == io::Ended::done);
}

}  // namespace

TEST_CASE("a datagram arrives with the path it took, seen from the other end", "[io]") {
    const auto [here, there] = GENERATE(std::pair{"127.0.0.2", "127.0.0.3"}, std::pair{"::1", "::1"});
    io::Loop loop;
    End a{loop, {address(here)}}, b{loop, {address(there)}};
    const Path ike{{address(here), a.sockets->ike_port()}, {address(there), b.sockets->ike_port()}};
    const Path nat{{address(here), a.sockets->nat_port()}, {address(there), b.sockets->nat_port()}};
    REQUIRE(a.sockets->send(ike, Bytes{1, 2, 3}));
    REQUIRE(a.sockets->send(nat, Bytes{4}));
    wait(loop, [&] { return b.arrived.size() == 2; });
    std::map<Path, Bytes> got;
    for (const auto& one : b.arrived) got[one.path] = one.octets;
    CHECK(got[{ike.remote, ike.local}] == Bytes{1, 2, 3});
    CHECK(got[{nat.remote, nat.local}] == Bytes{4});
}

TEST_CASE("sockets on every address say which one a datagram came to, and speak from the one asked for",
          "[io]") {
    io::Loop loop;
    End any{loop, {}}, peer{loop, {address("127.0.0.9")}};
    for (const auto* from : {"127.0.0.4", "127.0.0.5"}) {
        const Path path{{address(from), any.sockets->nat_port()},
                        {address("127.0.0.9"), peer.sockets->nat_port()}};
        peer.arrived.clear();
        any.arrived.clear();
        REQUIRE(any.sockets->send(path, Bytes{7}));
        wait(loop, [&] { return !peer.arrived.empty(); });
        CHECK(peer.arrived.front().path == Path{path.remote, path.local});
        REQUIRE(peer.sockets->send({path.remote, path.local}, Bytes{8}));
        wait(loop, [&] { return !any.arrived.empty(); });
        CHECK(any.arrived.front().path == path);
    }
}

TEST_CASE("datagrams queued together arrive one by one, in order, whatever their sizes", "[io]") {
    io::Loop loop;
    End a{loop, {address("127.0.0.2")}}, b{loop, {address("127.0.0.3")}};
    const Path path{{address("127.0.0.2"), a.sockets->nat_port()},
                    {address("127.0.0.3"), b.sockets->nat_port()}};
    // Runs of one size that the kernel may take as one, shorter and longer ones between, one empty.
    std::vector<std::size_t> sizes(150, 1200);
    sizes.insert(sizes.end(), {1300, 100, 100, 100, 40, 0, 9000, 1200, 1200, 7});
    std::vector<Bytes> sent;
    for (const auto size : sizes) {
        Bytes octets(size, static_cast<std::uint8_t>(sent.size()));
        std::ranges::copy(octets, a.sockets->reserve(size).begin());
        a.sockets->commit(path, Carrier::udp, size);
        sent.push_back(std::move(octets));
    }
    a.sockets->flush();
    wait(loop, [&] { return b.arrived.size() == sent.size(); });
    for (std::size_t i = 0; i < sent.size(); ++i) {
        INFO("datagram " << i);
        CHECK(b.arrived[i].octets == sent[i]);
    }
    CHECK(a.errors.empty());
}

TEST_CASE("the outer header carries the traffic class that was asked for", "[io]") {
    const auto [here, there] = GENERATE(std::pair{"127.0.0.2", "127.0.0.3"}, std::pair{"::1", "::1"});
    io::Loop loop;
    End a{loop, {address(here)}}, b{loop, {address(there)}};
    const Path path{{address(here), a.sockets->nat_port()}, {address(there), b.sockets->nat_port()}};
    // DSCP EF with ECT(0), then none.
    for (const auto traffic_class : {std::uint8_t{0xba}, std::uint8_t{0}}) {
        a.sockets->reserve(10)[0] = traffic_class;
        a.sockets->commit(path, Carrier::udp, 10, traffic_class);
    }
    a.sockets->flush();
    wait(loop, [&] { return b.arrived.size() == 2; });
    CHECK(b.traffic_classes == std::vector<std::uint8_t>{0xba, 0});
}

TEST_CASE("a port where nobody listens is reported by its host, and sending goes on", "[io]") {
    io::Loop loop;
    End a{loop, {address("127.0.0.2")}}, b{loop, {address("127.0.0.3")}};
    // Port 9 of a loopback address of our own choosing: nobody is there.
    const Path nobody{{address("127.0.0.2"), a.sockets->ike_port()}, {address("127.0.0.77"), 9}};
    REQUIRE(a.sockets->send(nobody, Bytes{1}));
    wait(loop, [&] { return !a.errors.empty(); });
    const auto& error = a.errors.front();
    CHECK(error.error == ECONNREFUSED);
    CHECK(error.path.remote == nobody.remote);
    CHECK(error.reporter == address("127.0.0.77"));
    CHECK((error.icmp_type == 3 && error.icmp_code == 3));
    const Path good{{address("127.0.0.2"), a.sockets->ike_port()},
                    {address("127.0.0.3"), b.sockets->ike_port()}};
    CHECK(a.sockets->send(good, Bytes{2}));
    wait(loop, [&] { return b.arrived.size() == 1; });
}

TEST_CASE("with fragmentation forbidden a datagram larger than the link is refused at once", "[io]") {
    io::Loop loop;
    End a{loop, {address("127.0.0.2")}};
    a.sockets->set_fragmentation(io::Fragmentation::forbidden);
    // The loopback device takes 65,536 octets with headers; UDP allows 65,507 of them as payload.
    const Path path{{address("127.0.0.2"), a.sockets->nat_port()}, {address("127.0.0.3"), 9}};
    CHECK_FALSE(a.sockets->send(path, Bytes(65508)));
}

TEST_CASE("an address that is not ours, and a port that is taken, are errors that name them", "[io]") {
    io::Loop loop;
    End a{loop, {address("127.0.0.2")}};
    io::SocketsConfig config;
    config.local = {address("192.0.2.1")};
    config.ike_port = config.nat_port = 0;
    const auto foreign = io::UdpSockets::open(loop, config, {});
    REQUIRE_FALSE(foreign);
    CHECK(foreign.error().what.find("192.0.2.1") != std::string::npos);
    config.local = {address("127.0.0.2")};
    config.ike_port = a.sockets->ike_port();
    const auto taken = io::UdpSockets::open(loop, config, {});
    REQUIRE_FALSE(taken);
    CHECK(taken.error().what.find(std::to_string(config.ike_port)) != std::string::npos);
    CHECK_FALSE(taken.error().advice.empty());
}
