// Real captures, opened with the keys that only the gateways' own logs hold.
#include <fstream>

#include "tests/capture/opened.hpp"

using namespace ike;
using namespace ike::testing;

namespace {

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
    // A shared secret that does not fit is tried, and is no wrong key: the right one is missing.
    CHECK(opened.esp_good == 4);
    CHECK(opened.ike_good < opened.ike);
    CHECK(opened.bad == 0);
    CHECK(
        opened.count("Child SA created at frame 9 with PFS; needs the shared secret of that exchange, or its "
                     "own keys; none of the secrets at hand fits") == 8);

    KeyStore keys;
    IkeKeyRecord record;
    const auto& known = all.ike(0);
    record.spi_i = known.spi_i;
    record.spi_r = known.spi_r;
    record.suite = known.suite;
    record.keys = known.keys.clone();
    keys.add(std::move(record));
    const auto locked = open_all("strongswan-pfs.pcap", std::move(keys));
    CHECK(
        locked.count("Child SA created at frame 9 with PFS; needs the shared secret of that exchange, or its "
                     "own keys") == 8);
    CHECK(locked.count("IKE SA rekeyed at frame 17 with PFS; needs the new shared secret, or its own keys") ==
          4);
}

TEST_CASE("libreswan's debug log opens ESP", "[capture][keys]") {
    const auto opened = open_all("libreswan.pcap", keys_of("libreswan.log"));
    CHECK(opened.esp > 3);
    CHECK(opened.esp_good == opened.esp);
}

namespace {

/// strongSwan6-followup.log as charon writes the same messages elsewhere.
std::string log_as(const std::string& format) {
    std::ifstream file{samples + "strongswan6-followup.log"};
    std::string made, object;
    const auto end_object = [&] {
        if (!object.empty()) made += object + "\"}\n";
        object.clear();
    };
    for (std::string line; std::getline(file, line);) {
        // "00:49:18.000 01[CFG] selected ..."
        const auto rest = line.substr(13);
        const auto thread = rest.substr(0, 2), group = rest.substr(3, 3), text = rest.substr(8);
        const bool dump = text.starts_with("   0:") || text.starts_with("  16:") ||
                          text.starts_with("  32:") || text.starts_with("  48:") || text.starts_with("  64:");
        const auto number = thread[0] == '0' ? thread.substr(1) : thread;
        if (format == "bare") made += rest + "\n";
        if (format == "iso, names")
            made += "2026-11-26T00:49:18+0000.000919 " + rest.substr(0, 8) + "<psk|1> " + text + "\n";
        if (format == "levels")
            made += "Nov 26 00:49:18 " + thread + "[" + group + "4] <psk|1> " + text + "\n";
        if (format == "syslog") made += "Nov 26 00:49:18 gw charon-systemd: " + rest + "\n";
        if (format == "many threads") made += "10" + rest + "\n";
        if (format == "carriage returns") made += line + "\r\n";
        // One thread: only what is not interleaved can be told apart.
        if (format == "journal" && dump) made += std::string(36, ' ') + text + "\n";
        if (format == "journal" && !dump) made += "Nov 26 00:49:18 gw charon-systemd[4711]: " + text + "\n";
        if (!format.starts_with("json")) continue;
        if (dump) {
            object += "\\n" + text.substr(0, text.find("  ", 6));
            continue;
        }
        end_object();
        object = format == "json" ? R"({"time":"1795654158","thread":)" + number + R"(,"group":")" + group +
                                        R"(","level":4,"msg":")" + text
                                  : R"({"_PID":"1","GROUP":")" + group + R"(","THREAD" : ")" + number +
                                        R"(","MESSAGE" : ")" + text;
    }
    end_object();
    return made;
}

}  // namespace

TEST_CASE("charon's log is read however it was written down", "[capture][keys]") {
    const auto format = GENERATE(as<std::string>{}, "bare", "iso, names", "levels", "syslog", "many threads",
                                 "carriage returns", "journal", "json", "json of the journal");
    INFO(format);
    KeyStore keys;
    keys.add_lines(log_as(format), "log");
    CHECK(keys.remarks().empty());
    const auto opened = open_all("strongswan6-followup.pcapng", std::move(keys));
    CHECK(opened.ike_good == 45);
    CHECK(opened.esp_good == 50);
}

TEST_CASE("a key that is cut off in a log is named with its line, and not used", "[capture][keys]") {
    constexpr std::string_view begin =
        "01[CFG] selected proposal: IKE:AES_GCM_16_256/PRF_HMAC_SHA2_256/CURVE_25519\n"
        "01[IKE] Sk_d secret => 32 bytes @ 0x1\n"
        "01[IKE]    0: 00 01 02 03 04 05 06 07 08 09 0A 0B 0C 0D 0E 0F  ................\n";
    KeyStore keys;
    keys.add_lines(std::string{begin} + "01[IKE] Sk_ei secret => 36 bytes @ 0x2\n", "ends");
    REQUIRE(keys.remarks().size() == 3);
    CHECK(keys.remarks()[2].starts_with("ends: no keys in 4 lines"));
    CHECK(keys.remarks()[0] ==
          "ends:4: strongSwan's log: the dump of \"Sk_d secret\" before this line is cut off");
    CHECK(keys.remarks()[1].starts_with("ends:4: strongSwan's log: the dump of \"Sk_ei secret\""));

    KeyStore middle;
    middle.add_lines(
        std::string{begin.substr(0, begin.size() - 40)} +
            "\n01[IKE]   16: 10 11 12 13 14 15 16 17 18 19 1A 1B 1C 1D 1E 1F  ................\n",
        "middle");
    REQUIRE(middle.remarks().size() == 2);
    CHECK(middle.remarks()[0].starts_with("middle:4: strongSwan's log: the dump of \"Sk_d secret\""));
    CHECK(middle.ike_count() == 0);
}
