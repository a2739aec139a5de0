// Real captures, opened with the keys that only the gateways' own logs hold.
#include <filesystem>

#include "libike/capture/capture_file.hpp"
#include "libike/capture/tracker.hpp"
#include "tests/catch.hpp"

using namespace ike;

namespace {

const std::string samples = std::string{IKE_SOURCE_DIR} + "/tests/capture/samples/";

struct Opened {
    std::size_t ike = 0, ike_good = 0, esp = 0, esp_good = 0;
    std::vector<std::pair<std::string, IcvState>> checks;
    std::vector<std::string> obstacles;
};

Opened open_all(const std::string& capture, KeyStore keys) {
    Tracker tracker{std::move(keys)};
    auto file = CaptureFile::open(samples + capture);
    REQUIRE(file);
    Opened opened;
    while (const auto frame = file->next()) {
        const auto& seen = tracker.observe(*frame);
        if (seen.what.kind == Kind::ike && seen.ike.decrypted) {
            ++opened.ike;
            opened.ike_good += seen.ike.integrity == IcvState::good ? 1 : 0;
            for (const auto& each : seen.ike.checks)
                opened.checks.emplace_back(std::string{each.what}, each.result);
            if (!seen.ike.obstacle.empty()) opened.obstacles.push_back(seen.ike.obstacle);
        } else if (seen.what.kind == Kind::esp) {
            ++opened.esp;
            opened.esp_good += seen.esp.integrity == IcvState::good ? 1 : 0;
            if (!seen.esp.obstacle.empty()) opened.obstacles.push_back(seen.esp.obstacle);
        }
    }
    return opened;
}

KeyStore keys_of(const std::string& log) {
    KeyStore keys;
    REQUIRE(keys.load(samples + log));
    CHECK(keys.remarks().empty());
    return keys;
}

/// Only those lines of a log that are about the initial key exchange of the first IKE SA: from them all else
/// must follow.
KeyStore secrets_of(const std::string& log) {
    const auto all = keys_of(log);
    KeyStore keys;
    for (const auto& secret : all.shared_secrets()) keys.add_shared(secret.clone());
    for (const auto& secret : all.psks()) keys.add_psk(secret.clone());
    return keys;
}

}  // namespace

TEST_CASE("strongSwan's log at level 4 opens what its daemon said and carried", "[capture][keys]") {
    const auto [name, ike, esp] =
        GENERATE(std::tuple{"strongswan-pfs", 16u, 16u}, std::tuple{"strongswan-cbc", 16u, 16u},
                 std::tuple{"strongswan-eap", 24u, 14u});
    INFO(name);
    const auto opened = open_all(std::string{name} + ".pcap", keys_of(std::string{name} + ".log"));
    CHECK(opened.ike > 13);
    CHECK(opened.ike_good == opened.ike);
    CHECK(opened.esp == esp);
    CHECK(opened.esp_good == esp);
}

TEST_CASE("with the shared secrets alone every key of a session follows", "[capture][keys]") {
    const auto name = GENERATE(as<std::string>{}, "strongswan-pfs", "strongswan-cbc", "strongswan-eap");
    INFO(name);
    const auto opened = open_all(name + ".pcap", secrets_of(name + ".log"));
    CHECK(opened.ike_good == opened.ike);
    CHECK(opened.esp_good == opened.esp);
    CHECK(opened.esp >= 14);
}

TEST_CASE("AUTH payloads of a real gateway are verified, by PSK, by certificate, by MSK", "[capture][keys]") {
    const auto name = GENERATE(as<std::string>{}, "strongswan-pfs", "strongswan-cbc", "strongswan-eap");
    INFO(name);
    const auto opened = open_all(name + ".pcap", keys_of(name + ".log"));
    const std::size_t proofs = name == "strongswan-eap" ? 3 : 2;
    CHECK(opened.checks == std::vector(proofs, std::pair{std::string{"auth"}, IcvState::good}));
}

TEST_CASE("a wrong pre-shared key at hand is told", "[capture][keys]") {
    auto keys = secrets_of("strongswan-pfs.log");
    KeyStore wrong;
    for (const auto& secret : keys.shared_secrets()) wrong.add_shared(secret.clone());
    CHECK(wrong.add_lines("psk text=lab-preshared-kez\n", "psk") == 1);
    CHECK(open_all("strongswan-pfs.pcap", std::move(wrong)).checks ==
          std::vector(2, std::pair{std::string{"auth"}, IcvState::bad}));
}

TEST_CASE("without the secrets of PFS it is said what is missing, and where", "[capture][keys]") {
    const auto all = keys_of("strongswan-pfs.log");
    KeyStore first;
    first.add_shared(all.shared_secrets()[0].clone());
    const auto opened = open_all("strongswan-pfs.pcap", std::move(first));
    // A shared secret that does not fit is tried and found wrong by the ICV.
    CHECK(opened.esp_good == 4);
    CHECK(opened.ike_good < opened.ike);

    KeyStore keys;
    IkeKeyRecord record;
    const auto& known = all.ike(0);
    record.spi_i = known.spi_i;
    record.spi_r = known.spi_r;
    record.suite = known.suite;
    record.keys = known.keys.clone();
    keys.add(std::move(record));
    const auto locked = open_all("strongswan-pfs.pcap", std::move(keys));
    CHECK(std::ranges::count(
              locked.obstacles,
              "Child SA created at frame 9 with PFS; needs the shared secret of that exchange") == 8);
    CHECK(std::ranges::count(
              locked.obstacles,
              "IKE SA rekeyed at frame 17 with PFS; needs the new shared secret, or its own keys") == 4);
}

TEST_CASE("libreswan's debug log opens ESP", "[capture][keys]") {
    const auto opened = open_all("libreswan.pcap", keys_of("libreswan.log"));
    CHECK(opened.esp > 3);
    CHECK(opened.esp_good == opened.esp);
}
