// ESP in UDP over loopback sockets, as a session sends and takes it (batches, GSO and GRO), against OpenSSL's
// AEAD alone on the same octets. All CPU counts, the kernel's included: on loopback the sender's side pays
// for the way through the stack.
#include "libike/io/session.hpp"
#include "libike/sa/traffic_selectors.hpp"
#include "tests/bench/aead.hpp"
#include "tests/bench/stopwatch.hpp"

namespace {

using namespace ike;
using namespace std::chrono_literals;
using bench::broken;

constexpr std::size_t batch = 64;
constexpr int rounds = 5, pieces = 300;
constexpr std::size_t inner_size = 1400;

Address address(const char* text) { return *Address::parse(text); }

PeerConfig peer(const char* local, const char* remote, const char* suite) {
    PeerConfig config;
    config.local_id = *Identity::parse(local);
    config.remote_id = *Identity::parse(remote);
    auto ours = std::make_shared<LocalCredentials>();
    ours->psk = SecretBytes{to_bytes(std::string_view{"secret"})};
    auto theirs = std::make_shared<RemoteCredentials>();
    theirs->psk = ours->psk.clone();
    config.local = ours;
    config.remote = theirs;
    config.esp_proposals = *parse_proposals(ProtocolId::esp, suite);
    config.ts_local = config.ts_remote = {everything(Address::Family::v4)};
    return config;
}

io::Session open(io::Loop& loop, PeerConfig with, const char* local, const io::Session* gateway) {
    io::SessionConfig config;
    config.engine.peers.push_back(std::move(with));
    config.engine.ike_port = config.engine.nat_port = 0;
    config.engine.respond = gateway == nullptr;
    if (gateway != nullptr) {
        config.engine.remote_ike_port = gateway->engine().config().ike_port;
        config.engine.remote_nat_port = gateway->engine().config().nat_port;
    }
    config.local = {address(local)};
    config.native_esp = io::NativeEsp::never;
    config.inner = io::InnerCallbacks{};
    auto session = io::Session::open(loop, std::move(config));
    if (!session) broken(session.error().what.c_str());
    return std::move(*session);
}

/// An IPv4 packet that ESP takes; nobody looks into it.
Bytes packet() {
    Bytes octets(inner_size, 0x5a);
    const std::array<std::uint8_t, 20> header{
        0x45, 0, inner_size >> 8, inner_size & 0xff, 0, 0, 0, 0, 64, 17, 0, 0, 127, 0, 0, 2, 127, 0, 0, 1};
    std::ranges::copy(header, octets.begin());
    return octets;
}

struct Times {
    bench::Best out, in;
};

Times tunnel(const char* suite) {
    io::Loop loop;
    auto gateway = open(loop, peer("gw.example", "me.example", suite), "127.0.0.1", nullptr);
    auto client = open(loop, peer("me.example", "gw.example", suite), "127.0.0.2", &gateway);
    bool up = false;
    std::uint64_t arrived = 0, sent = 0;
    client.on_event(
        [&](Instant, const Event& event) { up = up || std::holds_alternative<ChildEstablished>(event); });
    gateway.on_inner([&](const io::InnerArrival&) { ++arrived; });
    if (!client.initiate(0, address("127.0.0.1"))) broken("nothing was sent");
    if (loop.run_until([&] { return up; }, io::now() + 30s) != io::Ended::done) broken("no tunnel");
    const auto inner = packet();
    Times times;
    for (int round = 0; round < rounds; ++round) {
        bench::Stopwatch out, in;
        for (int piece = 0; piece < pieces; ++piece) {
            out.time([&] {
                client.begin_batch();
                for (std::size_t i = 0; i < batch; ++i) sent += client.send_inner(inner) ? 1 : 0;
                client.end_batch();
            });
            in.time([&] { loop.run_until([&] { return arrived == sent; }, io::now() + 5s); });
        }
        times.out.add(out.seconds());
        times.in.add(in.seconds());
    }
    if (arrived != sent || sent != std::uint64_t{batch} * rounds * pieces) broken("packets were lost");
    return times;
}

Times yardstick(const EVP_CIPHER* cipher, std::size_t key_size) {
    SeededRng rng{1};
    const auto key = rng.bytes(key_size);
    const std::size_t data = inner_size + 4, slot = data + 16;
    Bytes packets(slot * batch);
    const auto inner = packet();
    Times times;
    for (int round = 0; round < rounds; ++round) {
        bench::Aead sealer{cipher, key.data(), 1}, opener{cipher, key.data(), 0};
        bench::Stopwatch out, in;
        std::uint64_t sealed = 0, opened = 0;
        for (int piece = 0; piece < pieces; ++piece) {
            out.time([&] {
                for (std::size_t i = 0; i < batch; ++i) {
                    std::ranges::copy(inner, packets.data() + i * slot);
                    sealer.seal(++sealed, {packets.data() + i * slot, data},
                                packets.data() + i * slot + data);
                }
            });
            in.time([&] {
                for (std::size_t i = 0; i < batch; ++i)
                    opener.open(++opened, {packets.data() + i * slot, data},
                                packets.data() + i * slot + data);
            });
        }
        times.out.add(out.seconds());
        times.in.add(in.seconds());
    }
    return times;
}

void measure(const char* name, const EVP_CIPHER* cipher, std::size_t key_size) {
    const auto ours = tunnel(name);
    const auto bare = yardstick(cipher, key_size);
    const double packets = static_cast<double>(batch) * pieces;
    const auto line = [&](const char* what, double mine, double floor) {
        fmt::print("{:<18} {:<14} {:>9.0f} {:>9.0f} {:>8.2f} {:>8.1f} %\n", name, what, 1e9 * mine / packets,
                   1e9 * floor / packets, 8e-9 * inner_size * packets / mine, 100 * floor / mine);
    };
    line("seal and send", ours.out.value, bare.out.value);
    line("take and open", ours.in.value, bare.in.value);
}

}  // namespace

int main() {
    fmt::print(
        "ESP in UDP over loopback, {} octets inside, against OpenSSL's AEAD alone: CPU, best of {} rounds of "
        "{} packets\n",
        inner_size, rounds, batch * pieces);
    fmt::print("{:<18} {:<14} {:>9} {:>9} {:>8} {:>10}\n", "suite", "", "ours ns", "AEAD ns", "Gbit/s",
               "of AEAD");
    measure("aes128gcm16", EVP_aes_128_gcm(), 16);
    measure("aes256gcm16", EVP_aes_256_gcm(), 32);
    measure("chacha20poly1305", EVP_chacha20_poly1305(), 32);
}
