// usage: bench_ikedump DIR IKE_SAS ESP_PACKETS
// Writes what ikedump.sh times readers on: DIR/ike.pcap (handshake and two INFORMATIONAL exchanges a SA),
// DIR/esp.pcap (1,400 inner octets a packet) and in DIR/keys Wireshark's two tables and our own key log.
#include <fmt/core.h>

#include <cstdlib>
#include <filesystem>

#include "libike/esp/esp.hpp"
#include "tests/bench/pair.hpp"
#include "tests/bench/pcap_writer.hpp"

namespace {

using namespace ike;

/// The three key files, open for writing.
class KeyFiles {
public:
    explicit KeyFiles(const std::filesystem::path& folder) {
        std::filesystem::create_directories(folder);
        for (auto [file, name] : {std::pair{&ike_table_, "ikev2_decryption_table"},
                                  {&esp_table_, "esp_sa"},
                                  {&log_, "ike.keys"}}) {
            file->reset(std::fopen((folder / name).c_str(), "w"));
            if (!*file) throw std::runtime_error{"cannot write keys"};
        }
    }
    void add(const KeyRecord& record) {
        std::visit([&](const auto& keys) { fmt::print(log_.get(), "{}\n", key_log_line(keys)); }, record);
        const bool is_ike = std::holds_alternative<IkeKeyRecord>(record);
        const auto line = std::visit([](const auto& keys) { return wireshark_line(keys); }, record);
        if (line) fmt::print((is_ike ? ike_table_ : esp_table_).get(), "{}\n", *line);
    }

private:
    struct Close {
        void operator()(std::FILE* file) const { std::fclose(file); }
    };
    std::unique_ptr<std::FILE, Close> ike_table_, esp_table_, log_;
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
    record.encr_key = SecretBytes{ByteView{rng.bytes(20)}};
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

}  // namespace

int main(int argc, char** argv) {
    if (argc != 4) {
        fmt::print(stderr, "usage: bench_ikedump DIR IKE_SAS ESP_PACKETS\n");
        return 2;
    }
    try {
        const std::filesystem::path folder{argv[1]};
        KeyFiles keys{folder / "keys"};
        write_ike(folder, static_cast<std::uint32_t>(std::strtoul(argv[2], nullptr, 10)), keys);
        write_esp(folder, static_cast<std::uint32_t>(std::strtoul(argv[3], nullptr, 10)), keys);
    } catch (const std::exception& error) {
        fmt::print(stderr, "bench_ikedump: {}\n", error.what());
        return 3;
    }
}
