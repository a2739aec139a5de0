// ESP seal and open against OpenSSL's AEAD alone on the same octets, in the same process, in turns.
#include "libike/esp/esp.hpp"
#include "libike/base/rng.hpp"
#include "tests/bench/aead.hpp"
#include "tests/bench/stopwatch.hpp"

namespace {

using namespace ike;
using bench::Aead;
using bench::broken;

constexpr std::size_t batch = 256;  // packets a piece: small enough for the second-level cache
constexpr int rounds = 7;
constexpr int pieces = 120;

struct Algorithm {
    const char* name;
    EspSuite suite;
    const EVP_CIPHER* cipher;
    std::size_t key;
};

struct Times {
    bench::Best seal, open;  // seconds for one round
};

/// One round of ours: seal on the clock, then open on another.
void ours(const Algorithm& algorithm, ByteView key, std::size_t size, Times& times) {
    auto outbound = esp::Outbound::create(0x1000, algorithm.suite, key, {});
    auto inbound = esp::Inbound::create(0x1000, algorithm.suite, key, {});
    if (!outbound || !inbound) broken("libike refused the suite");
    const auto slot = outbound->overhead().sealed_size(size);
    Bytes packets(slot * batch);
    const Bytes payload(size, 0x5a);
    bench::Stopwatch seal, open;
    for (int piece = 0; piece < pieces; ++piece) {
        seal.time([&] {
            for (std::size_t i = 0; i < batch; ++i) {
                const MutableBytes out{packets.data() + i * slot, slot};
                if (outbound->seal(payload, esp::next_header_ipv4, out) == 0) broken("seal failed");
            }
        });
        open.time([&] {
            for (std::size_t i = 0; i < batch; ++i) {
                if (!inbound->open({packets.data() + i * slot, slot})) broken("open failed");
            }
        });
    }
    times.seal.add(seal.seconds());
    times.open.add(open.seconds());
}

/// The same with OpenSSL alone; the payload is copied in, as ours does, and the trailer counts as data.
void yardstick(const Algorithm& algorithm, ByteView key, std::size_t size, Times& times) {
    Aead sealer{algorithm.cipher, key.data(), 1}, opener{algorithm.cipher, key.data(), 0};
    const std::size_t data = (size + 2 + 3) / 4 * 4, slot = data + 16;
    Bytes packets(slot * batch);
    const Bytes payload(size, 0x5a);
    bench::Stopwatch seal, open;
    std::uint64_t sealed = 0, opened = 0;
    for (int piece = 0; piece < pieces; ++piece) {
        seal.time([&] {
            for (std::size_t i = 0; i < batch; ++i) {
                std::copy(payload.begin(), payload.end(), packets.data() + i * slot);
                sealer.seal(++sealed, {packets.data() + i * slot, data}, packets.data() + i * slot + data);
            }
        });
        open.time([&] {
            for (std::size_t i = 0; i < batch; ++i) {
                opener.open(++opened, {packets.data() + i * slot, data}, packets.data() + i * slot + data);
            }
        });
    }
    times.seal.add(seal.seconds());
    times.open.add(open.seconds());
}

void measure(const Algorithm& algorithm, std::size_t size) {
    SeededRng rng{1};
    const auto key = rng.bytes(algorithm.key);
    Times library, bare;
    for (int round = 0; round < rounds; ++round) {
        ours(algorithm, key, size, library);
        yardstick(algorithm, key, size, bare);
    }
    const double packets = static_cast<double>(batch) * pieces;
    const auto line = [&](const char* what, double mine, double floor) {
        fmt::print("{:<18} {:>5} {:<5} {:>9.0f} {:>9.0f} {:>8.2f} {:>8.1f} %\n", algorithm.name, size, what,
                   1e9 * mine / packets, 1e9 * floor / packets,
                   8e-9 * static_cast<double>(size) * packets / mine, 100 * floor / mine);
    };
    line("seal", library.seal.value, bare.seal.value);
    line("open", library.open.value, bare.open.value);
}

}  // namespace

int main() {
    const auto suite = [](EncrId encr, std::uint16_t bits) {
        EspSuite esp;
        esp.encr = encr;
        esp.key_bits = bits;
        return esp;
    };
    const std::array algorithms{
        Algorithm{"aes128gcm16", suite(EncrId::aes_gcm_16, 128), EVP_aes_128_gcm(), 20},
        Algorithm{"aes256gcm16", suite(EncrId::aes_gcm_16, 256), EVP_aes_256_gcm(), 36},
        Algorithm{"chacha20poly1305", suite(EncrId::chacha20_poly1305, 0), EVP_chacha20_poly1305(), 36},
    };
    fmt::print("ESP in tunnel mode against OpenSSL's AEAD alone: CPU, best of {} rounds of {} packets\n",
               rounds, batch * pieces);
    fmt::print("{:<18} {:>5} {:<5} {:>9} {:>9} {:>8} {:>10}\n", "suite", "inner", "", "ours ns", "AEAD ns",
               "Gbit/s", "of AEAD");
    for (const auto& algorithm : algorithms) {
        for (const std::size_t size : {64, 576, 1400}) measure(algorithm, size);
    }
}
