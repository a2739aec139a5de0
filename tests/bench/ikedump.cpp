// usage: bench_ikedump DIR IKE_SAS ESP_PACKETS | bench_ikedump floor DIR | bench_ikedump storm IKE_SAS
// Writes what ikedump.sh times readers on: DIR/ike.pcap (handshake and two INFORMATIONAL exchanges a SA),
// DIR/esp.pcap (1,400 inner octets a packet) and Wireshark's tables in DIR/ike-keys and DIR/esp-keys.
// floor: the CPU seconds that reading DIR/esp.pcap and OpenSSL's AEAD alone take. storm: a capture of so many
// IKE SAs that nobody has keys for, to standard output.
#include <fcntl.h>
#include <fmt/core.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "libike/esp/esp.hpp"
#include "libike/wire/message.hpp"
#include "tests/bench/aead.hpp"
#include "tests/bench/pair.hpp"
#include "tests/bench/pcap_writer.hpp"

namespace {

using namespace ike;

/// Wireshark's tables, open for writing, each in a folder of its own: what a reader does not need costs it
/// time to read.
class KeyFiles {
public:
    explicit KeyFiles(const std::filesystem::path& folder)
        : ike_table_{table(folder / "ike-keys", "ikev2_decryption_table")},
          esp_table_{table(folder / "esp-keys", "esp_sa")} {}
    void add(const KeyRecord& record) {
        const bool is_ike = std::holds_alternative<IkeKeyRecord>(record);
        const auto line = std::visit([](const auto& keys) { return wireshark_line(keys); }, record);
        if (line) fmt::print((is_ike ? ike_table_ : esp_table_).get(), "{}\n", *line);
    }

private:
    struct Close {
        void operator()(std::FILE* file) const { std::fclose(file); }
    };
    using File = std::unique_ptr<std::FILE, Close>;
    static File table(const std::filesystem::path& folder, const char* name) {
        std::filesystem::create_directories(folder);
        File file{std::fopen((folder / name).c_str(), "w")};
        if (!file) throw std::runtime_error{"cannot write keys"};
        return file;
    }
    File ike_table_, esp_table_;
};

EngineConfig config(std::string_view mine, std::string_view theirs) {
    EngineConfig made;
    made.peers = {bench::psk_peer(mine, theirs, "aes256-sha256-prfsha256-x25519")};
    made.peers[0].send_initial_contact = false;
    made.cookie_threshold = 1u << 30;
    made.half_open_limit = 1u << 30;
    return made;
}

void write_ike(const std::filesystem::path& folder, std::uint32_t sas, KeyFiles& keys) {
    bench::PcapWriter pcap{folder / "ike.pcap"};
    auto initiating = config("client.example", "gateway.example");
    initiating.export_keys = true;
    auto responding = config("gateway.example", "client.example");
    responding.respond = true;
    bench::Side initiator{std::move(initiating), 1}, responder{std::move(responding), 2};
    for (std::uint32_t i = 0; i < sas; ++i) {
        const Address local = Address::v4({10, static_cast<std::uint8_t>(i >> 16),
                                           static_cast<std::uint8_t>(i >> 8), static_cast<std::uint8_t>(i)});
        const Instant now{std::chrono::microseconds{i}};
        IkeSaId id{};
        const auto record = [&](bench::Side& from, const Outbox& out) {
            for (const auto& datagram : out.datagrams) pcap.write(datagram);
            for (const auto& event : out.events) {
                if (const auto* derived = std::get_if<KeysDerived>(&event)) {
                    if (std::holds_alternative<IkeKeyRecord>(derived->record)) keys.add(derived->record);
                }
                if (const auto* up = std::get_if<IkeEstablished>(&event); up && &from == &initiator)
                    id = up->ike_sa;
            }
        };
        const auto exchange = [&](const Input& input) {
            bench::run_until_quiet(initiator, responder, now, initiator.step(now, input), record);
        };
        exchange(Initiate{0, {{local, 500}, {Address::v4({203, 0, 113, 1}), 500}}});
        if (id == IkeSaId::none) throw std::runtime_error{"a handshake failed"};
        exchange(CheckLiveness{id});
        exchange(DeleteIkeSa{id});
    }
}

void write_esp(const std::filesystem::path& folder, std::uint32_t packets, KeyFiles& keys) {
    bench::PcapWriter pcap{folder / "esp.pcap"};
    EspKeyRecord record;
    record.spi = 0xc0ffee01;
    record.suite.encr = EncrId::aes_gcm_16;
    record.suite.key_bits = 128;
    SeededRng rng{3};
    record.encr_key = SecretBytes{ByteView{rng.bytes(20)}};  // the key and 4 octets of salt
    auto outbound = esp::Outbound::create(record.spi, record.suite, record.encr_key, {}).value();
    // An IPv4 packet of protocol UDP, so that a reader has an inner packet to show.
    Writer inner;
    inner.number<std::uint16_t>(0x4500)
        .number<std::uint16_t>(1400)
        .zeros(4)
        .number<std::uint16_t>(0x4011)
        .zeros(2);
    inner.number(0x0a000001u).number(0x0a000002u).number<std::uint16_t>(5000).number<std::uint16_t>(5001);
    inner.number<std::uint16_t>(1380).zeros(2).zeros(1372);
    Datagram datagram{
        {{Address::v4({192, 0, 2, 1}), 0}, {Address::v4({203, 0, 113, 1}), 0}}, {}, Carrier::native_esp};
    for (std::uint32_t i = 0; i < packets; ++i) {
        datagram.octets.resize(outbound.overhead().sealed_size(inner.size()));
        datagram.octets.resize(outbound.seal(inner.view(), esp::next_header_ipv4, datagram.octets));
        pcap.write(datagram);
    }
    keys.add(KeyRecord{std::move(record)});
}

constexpr std::size_t pcap_header = 24, record_header = 16, ip_header = 20, esp_header = 16, icv = 16;

/// The least that a reader of write_esp()'s capture can do: each packet read and decrypted, nothing else.
/// (Under a key of its own: a tag that does not fit takes as long.)
double floor(const std::filesystem::path& folder) {
    const int file = ::open((folder / "esp.pcap").c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0) throw std::runtime_error{"cannot open esp.pcap"};
    const std::array<std::uint8_t, 16> key{};
    bench::Aead aead{EVP_aes_128_gcm(), key.data(), 0};
    Bytes buffer(1 << 18), text(1 << 16);
    std::size_t held = 0, at = pcap_header;
    std::uint64_t packets = 0;
    const auto begun = bench::cpu_seconds();
    for (ssize_t got = 0; (got = ::read(file, &buffer[held], buffer.size() - held)) > 0;) {
        held += static_cast<std::size_t>(got);
        while (at + record_header <= held) {
            const auto size = Reader{ByteView{buffer}.subspan(at + 8, 4)}.number<std::uint32_t>("size");
            if (at + record_header + size > held) break;
            const auto packet = MutableBytes{buffer}.subspan(at + record_header, size);
            const auto from = packet.subspan(ip_header + esp_header, size - ip_header - esp_header - icv);
            aead.open_to(++packets, from, text.data(), packet.last(icv).data());
            at += record_header + size;
        }
        std::memmove(buffer.data(), &buffer[at], held - at);
        held -= at;
        at = 0;
    }
    ::close(file);
    return bench::cpu_seconds() - begun;
}

/// IKE_SA_INIT and IKE_AUTH, of random octets where a reader without keys sees nothing else.
void write_storm(std::uint32_t sas) {
    bench::PcapWriter pcap{"-"};
    SeededRng rng{4};
    const auto suite = parse_proposals(ProtocolId::ike, "aes256-sha256-prfsha256-x25519").value();
    const Endpoint here{Address::v4({192, 0, 2, 1}), 500}, there{Address::v4({203, 0, 113, 1}), 500};
    for (std::uint32_t i = 0; i < sas; ++i) {
        const auto spis = rng.bytes(16);
        for (const unsigned turn : {0u, 1u, 2u, 3u}) {
            Message message;
            Reader in{spis};
            message.header.initiator_spi = in.number<std::uint64_t>("spi");
            message.header.responder_spi = turn == 0 ? 0 : in.number<std::uint64_t>("spi");
            message.header.message_id = turn / 2;
            const bool response = turn % 2 == 1;
            message.header.flags = response ? flag_response : flag_initiator;
            message.header.exchange = turn < 2 ? ExchangeType::ike_sa_init : ExchangeType::ike_auth;
            if (turn < 2) {
                message.payloads.push_back(payload(PayloadType::sa, SaPayload{suite}));
                message.payloads.push_back(
                    payload(PayloadType::ke, KePayload{KeId::x25519, 0, rng.bytes(32)}));
                message.payloads.push_back(payload(PayloadType::nonce, NoncePayload{rng.bytes(32)}));
            } else {
                message.payloads.push_back(
                    payload(PayloadType::sk, SkPayload{PayloadType::idi, rng.bytes(208)}));
            }
            pcap.write(
                {response ? Path{there, here} : Path{here, there}, write_message(message), Carrier::udp});
        }
    }
}

std::uint32_t count(const char* text) { return static_cast<std::uint32_t>(std::strtoul(text, nullptr, 10)); }

}  // namespace

int main(int argc, char** argv) {
    try {
        const std::string_view first = argc > 1 ? argv[1] : "";
        if (argc == 3 && first == "floor") {
            fmt::print("{:.4f}\n", floor(argv[2]));
        } else if (argc == 3 && first == "storm") {
            write_storm(count(argv[2]));
        } else if (argc == 4) {
            const std::filesystem::path folder{first};
            KeyFiles keys{folder};
            write_ike(folder, count(argv[2]), keys);
            write_esp(folder, count(argv[3]), keys);
        } else {
            fmt::print(stderr, "usage: bench_ikedump DIR IKE_SAS ESP_PACKETS | floor DIR | storm IKE_SAS\n");
            return 2;
        }
    } catch (const std::exception& error) {
        fmt::print(stderr, "bench_ikedump: {}\n", error.what());
        return 3;
    }
}
