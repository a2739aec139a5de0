// A session of strongSwan 6.1 in which each SA has three key exchanges (RFC 9370): two IKE_INTERMEDIATE, then
// two IKE_FOLLOWUP_KE for each of two Child SAs and two successors of the IKE SA.
#include "libike/base/sort.hpp"
#include "tests/capture/opened.hpp"

using namespace ike;
using namespace ike::testing;

namespace {

const std::string capture = "strongswan6-followup.pcapng";
constexpr std::size_t ike_messages = 45, esp_packets = 50;

void check_all_open(const Opened& opened) {
    CHECK(opened.ike == ike_messages);
    CHECK(opened.ike_good == ike_messages);
    CHECK(opened.esp == esp_packets);
    CHECK(opened.esp_good == esp_packets);
}

/// The log's shared secrets, those of additional key exchanges one by one: ML-KEM's 32 octets, then ECP
/// 384's.
std::vector<SecretBytes> secrets() {
    std::vector<SecretBytes> all;
    const auto keys = keys_of("strongswan6-followup.log");
    for (const auto& each : keys.shared_secrets()) {
        if (each.size() != 80) {
            all.push_back(each.clone());
            continue;
        }
        all.push_back(each.slice(0, 32));
        all.push_back(each.slice(32, 48));
    }
    return all;
}

/// The first `count` sets of the IKE SA's keys, in order: before, between and after the IKE_INTERMEDIATE.
KeyStore first_keys(std::size_t count) {
    const auto all = keys_of("strongswan6-followup.log");
    KeyStore keys;
    for (KeyStore::Index at = 0; keys.ike_count() < count; ++at) {
        IkeKeyRecord record;
        record.suite = all.ike(at).suite;
        record.keys = all.ike(at).keys.clone();
        keys.add(std::move(record));
    }
    return keys;
}

}  // namespace

TEST_CASE("the shared secrets of all exchanges open what several key exchanges made",
          "[capture][keys][rfc9370]") {
    const auto order = GENERATE(as<std::string>{}, "as logged", "one by one", "backwards");
    INFO(order);
    KeyStore keys;
    if (order == "as logged") {
        const auto logged = keys_of("strongswan6-followup.log");
        for (const auto& each : logged.shared_secrets()) keys.add_shared(each.clone());
    } else {
        auto all = secrets();
        if (order == "backwards") std::ranges::reverse(all);
        for (auto& each : all) keys.add_shared(std::move(each));
    }
    check_all_open(open_all(capture, std::move(keys)));
}

TEST_CASE("strongSwan 6's log at level 4 opens what several key exchanges made", "[capture][keys][rfc9370]") {
    check_all_open(open_all(capture, keys_of("strongswan6-followup.log")));
}

TEST_CASE("it is said that several secrets are missing, and where", "[capture][keys][rfc9370]") {
    const auto opened = open_all(capture, first_keys(3));
    CHECK(opened.ike_good == 25);
    CHECK(opened.esp_good == 12);
    CHECK(opened.bad == 0);
    CHECK(opened.count(
              "Child SA created at frame 22 with PFS and IKE_FOLLOWUP_KE at frames 25 and 27; needs the "
              "shared secrets of all 3 exchanges, or its own keys") == 18);
    CHECK(
        opened.count("IKE SA rekeyed at frame 41 with PFS and IKE_FOLLOWUP_KE at frames 44 and 46; needs the "
                     "shared secrets of all 3 exchanges, or its own keys") == 18);
}

TEST_CASE("secrets that do not fit are no wrong keys", "[capture][keys][rfc9370]") {
    auto keys = first_keys(3);
    for (const auto size : {32u, 48u}) {
        for (std::uint8_t i = 1; i < 4; ++i) keys.add_shared(SecretBytes{Bytes(size, i)});
    }
    const auto opened = open_all(capture, std::move(keys));
    CHECK(opened.bad == 0);
    CHECK(opened.count(
              "Child SA created at frame 22 with PFS and IKE_FOLLOWUP_KE at frames 25 and 27; needs the "
              "shared secrets of all 3 exchanges, or its own keys; none of the secrets at hand fits") == 18);
}

TEST_CASE("an IKE_FOLLOWUP_KE that the capture lacks is said to be missing", "[capture][keys][rfc9370]") {
    KeyStore keys;
    for (auto& each : secrets()) keys.add_shared(std::move(each));
    const auto opened = open_all(capture, std::move(keys), {27, 29});
    CHECK(opened.esp_good == 32);
    CHECK(opened.ike_good == ike_messages - 2);
    CHECK(opened.count(
              "Child SA created at frame 22 with PFS and IKE_FOLLOWUP_KE at frame 25 and 1 more that the "
              "capture does not show; needs its own keys") == 18);
}
