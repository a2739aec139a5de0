#include "libike/capture/key_store.hpp"

#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "tests/catch.hpp"

using namespace ike;

namespace {

constexpr std::string_view ours =
    "# our own log\n"
    "ike spi_i=0123456789abcdef spi_r=fedcba9876543210 suite=aes256gcm16-prfsha384-x25519 sk_d=0011 sk_ei=22 "
    "sk_er=33\n"
    "\n"
    "esp spi=c1a9656b suite=aes256gcm16 encr=4455\n";
constexpr std::string_view broken = "esp spi=c1a9656b suite=aes256gcm16 encr=44556\n";

}  // namespace

TEST_CASE("keys are found by SPI; the same keys twice count once", "[capture]") {
    KeyStore keys;
    CHECK(keys.add_lines(ours, "ours") == 2);
    CHECK(keys.add_lines(ours, "again") == 0);
    CHECK(keys.ike({0x0123456789abcdef, 0xfedcba9876543210}).size() == 1);
    CHECK(keys.ike({0x0123456789abcdef, 0}).empty());
    REQUIRE(keys.esp(0xc1a9656b).size() == 1);
    CHECK(hex(keys.esp_record(keys.esp(0xc1a9656b)[0]).encr_key) == "4455");
    CHECK(keys.remarks().empty());
}

TEST_CASE("a later SK_d of the same IKE SA stands: a preshared key was mixed in", "[capture][rfc8784]") {
    KeyStore keys;
    keys.add_lines(ours, "ours");
    std::string mixed{ours};
    mixed.replace(mixed.find("sk_d=0011"), 9, "sk_d=7788");
    CHECK(keys.add_lines(mixed, "mixed") == 0);
    const auto found = keys.ike({0x0123456789abcdef, 0xfedcba9876543210});
    REQUIRE(found.size() == 1);
    CHECK(hex(keys.ike(found[0]).keys.d) == "7788");
}

TEST_CASE("a bad line is named with its file and number, and others are still read", "[capture]") {
    KeyStore keys;
    CHECK(keys.add_lines(std::string{ours} + std::string{broken}, "some.keys") == 2);
    REQUIRE(keys.remarks().size() == 1);
    CHECK(keys.remarks()[0].starts_with("some.keys:5: "));
}

TEST_CASE("a folder is read for its files of keys, our own log first", "[capture]") {
    const auto folder = std::filesystem::temp_directory_path() / ("ike-keys-" + std::to_string(::getpid()));
    std::filesystem::create_directories(folder);
    std::ofstream{folder / "ike.keys"} << ours;
    std::ofstream{folder / "notes.txt"} << "not keys";
    KeyStore keys;
    const auto added = keys.load(folder.string());
    std::filesystem::remove_all(folder);
    REQUIRE(added);
    CHECK(*added == 2);
    CHECK(keys.remarks().empty());
    CHECK_FALSE(keys.load(folder.string()));
}
