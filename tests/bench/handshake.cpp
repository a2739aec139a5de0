// Handshakes (IKE_SA_INIT and IKE_AUTH with a PSK) per second of CPU, each side on its own clock, against the
// OpenSSL operations that a side cannot avoid, in the same process, in turns.
#include <fmt/core.h>
#include <openssl/dh.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>

#include <array>
#include <cstdlib>
#include <memory>

#include "tests/bench/pair.hpp"

namespace {

using namespace ike;

constexpr int rounds = 5;
constexpr int handshakes = 200;  // a round

[[noreturn]] void broken(const char* what) {
    fmt::print(stderr, "bench_handshake: {}\n", what);
    std::exit(3);
}
void must(bool ok) {
    if (!ok) broken("OpenSSL refused");
}

template <auto Free>
struct Freer {
    template <class T>
    void operator()(T* object) const {
        Free(object);
    }
};
using Key = std::unique_ptr<EVP_PKEY, Freer<EVP_PKEY_free>>;
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, Freer<EVP_PKEY_CTX_free>>;
using CipherContext = std::unique_ptr<EVP_CIPHER_CTX, Freer<EVP_CIPHER_CTX_free>>;

struct Group {
    const char* name;
    const char* proposal;
    Key (*generate)();
};
Key generate_x25519() { return Key{EVP_PKEY_Q_keygen(nullptr, nullptr, "X25519")}; }
Key generate_p256() { return Key{EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256")}; }
Key generate_modp2048() {
    KeyContext context{EVP_PKEY_CTX_new_from_name(nullptr, "DH", nullptr)};
    must(context && EVP_PKEY_keygen_init(context.get()) == 1);
    must(EVP_PKEY_CTX_set_dh_nid(context.get(), NID_modp_2048) == 1);
    EVP_PKEY* key = nullptr;
    must(EVP_PKEY_generate(context.get(), &key) == 1);
    return Key{key};
}

/// g^ir: a key pair of our own and the agreement with `peer`, without OpenSSL's own checks of the peer's
/// value: those cost as much again as the agreement, and a range check or one on the curve is enough (RFC
/// 6989).
void agree(const Group& group, EVP_PKEY* peer) {
    const auto own = group.generate();
    must(own != nullptr);
    KeyContext context{EVP_PKEY_CTX_new(own.get(), nullptr)};
    std::array<unsigned char, 512> secret{};
    std::size_t size = secret.size();
    must(EVP_PKEY_derive_init(context.get()) == 1 &&
         EVP_PKEY_derive_set_peer_ex(context.get(), peer, 0) == 1 &&
         EVP_PKEY_derive(context.get(), secret.data(), &size) == 1);
}

/// One AES-128-GCM message of 256 octets, keyed anew as an IKE SA's first message is.
void aead(int encrypt) {
    static std::array<unsigned char, 16> tag{};
    std::array<unsigned char, 256> data{};
    const std::array<unsigned char, 16> key{};
    const std::array<unsigned char, 12> nonce{};
    int size = 0;
    CipherContext context{EVP_CIPHER_CTX_new()};
    must(EVP_CipherInit_ex(context.get(), EVP_aes_128_gcm(), nullptr, key.data(), nonce.data(), encrypt) ==
         1);
    must(EVP_CipherUpdate(context.get(), data.data(), &size, data.data(), 256) == 1);
    if (encrypt) {
        must(EVP_CipherFinal_ex(context.get(), data.data(), &size) == 1);
        must(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_GET_TAG, 16, tag.data()) == 1);
    }
}

/// What one side of one handshake has to ask of OpenSSL, whatever its code looks like: a key pair and an
/// agreement, SKEYSEED and the prf+ blocks of SK_* (5 of HMAC-SHA-256 with an AEAD) and of KEYMAT (2), for
/// each side's AUTH three PRF runs, four NAT detection hashes, one message sealed and one opened.
void unavoidable(const Group& group, EVP_PKEY* peer) {
    agree(group, peer);
    std::array<unsigned char, 32> key{}, mac{};
    std::array<unsigned char, 96> data{};
    unsigned size = 0;
    for (int i = 0; i < 1 + 5 + 2 + 2 * 3; ++i) {
        must(HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), data.data(), data.size(),
                  mac.data(), &size));
    }
    for (int i = 0; i < 4; ++i)
        must(EVP_Q_digest(nullptr, "SHA1", nullptr, data.data(), 22, mac.data(), nullptr) == 1);
    aead(1);
    aead(0);
}

/// Seconds of CPU for one handshake on each side.
struct Cost {
    bench::Best initiator, responder, bare;
};

void round_of_ours(const Group& group, std::uint64_t seed, Cost& cost) {
    EngineConfig config;
    config.peers = {bench::psk_peer("client.example", "gateway.example", group.proposal)};
    // One peer stands for many here: it must not ask the responder to forget the others.
    config.peers[0].send_initial_contact = false;
    bench::Side initiator{config, seed};
    config.peers = {bench::psk_peer("gateway.example", "client.example", group.proposal)};
    config.peers[0].send_initial_contact = false;
    config.respond = true;
    config.cookie_threshold = 1u << 20;
    bench::Side responder{config, seed + 1};
    int established = 0;
    for (int i = 0; i < handshakes; ++i) {
        const Address local = Address::v4(
            {198, 51, static_cast<std::uint8_t>(i / 200), static_cast<std::uint8_t>(i % 200 + 1)});
        const Path path{{local, 500}, {Address::v4({203, 0, 113, 1}), 500}};
        const Instant now{std::chrono::milliseconds{i}};
        auto first = initiator.step(now, Initiate{0, path});
        bench::run_until_quiet(initiator, responder, now, std::move(first),
                               [&](bench::Side&, const Outbox& out) {
                                   for (const auto& event : out.events)
                                       established += std::holds_alternative<ChildEstablished>(event);
                               });
    }
    if (established != 2 * handshakes) broken("a handshake failed");
    cost.initiator.add(initiator.watch.seconds() / handshakes);
    cost.responder.add(responder.watch.seconds() / handshakes);
}

void measure(const Group& group) {
    Cost cost;
    const auto peer = group.generate();
    for (int round = 0; round < rounds; ++round) {
        round_of_ours(group, 100 + static_cast<std::uint64_t>(round) * 2, cost);
        bench::Stopwatch watch;
        watch.time([&] {
            for (int i = 0; i < handshakes; ++i) unavoidable(group, peer.get());
        });
        cost.bare.add(watch.seconds() / handshakes);
    }
    const auto line = [&](const char* side, double seconds) {
        fmt::print("{:<10} {:<10} {:>12.0f} {:>10.1f} {:>10.1f} {:>9.2f}\n", group.name, side, 1 / seconds,
                   1e6 * seconds, 1e6 * cost.bare.value, seconds / cost.bare.value);
    };
    line("initiator", cost.initiator.value);
    line("responder", cost.responder.value);
}

}  // namespace

int main() {
    const std::array groups{
        Group{"x25519", "aes128gcm16-prfsha256-x25519", generate_x25519},
        Group{"ecp256", "aes128gcm16-prfsha256-ecp256", generate_p256},
        Group{"modp2048", "aes128gcm16-prfsha256-modp2048", generate_modp2048},
    };
    fmt::print("PSK handshakes (IKE SA and Child SA), one core: CPU, best of {} rounds of {}\n", rounds,
               handshakes);
    fmt::print("{:<10} {:<10} {:>12} {:>10} {:>10} {:>9}\n", "group", "side", "handshakes/s", "ours us",
               "bare us", "ratio");
    for (const auto& group : groups) measure(group);
}
