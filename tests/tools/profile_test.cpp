#include "tools/common/profile.hpp"

#include "libike/sa/traffic_selectors.hpp"
#include "tests/catch.hpp"
#include "tests/engine/pki.hpp"
#include "tests/tools/folder.hpp"
#include "tools/common/yaml_map.hpp"

using namespace std::chrono_literals;

namespace {

std::string psk_of(const Profile& profile) {
    const auto octets = profile.peer.local->psk.view();
    return {octets.begin(), octets.end()};
}

constexpr auto full = R"(gateway: gw.example
port: 5500
nat_port: 5501
local: [192.0.2.1, "2001:db8::1"]
local_port: 600
id: client@example.test
remote_id: gw.example
psk: a secret with spaces
ike_proposals: [aes256gcm16-prfsha384-x25519, aes128-sha256-modp2048]
esp_proposals: aes256gcm16-esn
ts_local: 10.1.0.0/16
ts_remote: [10.2.0.0/24, "2001:db8:2::/64"]
encapsulation: always
initial_contact: no
replay_window: 256
fragment_size: 1400
mobike:
  return_routability: no
  additional: 198.51.100.7
  refused: [10.0.0.0/8]
  no_nats_allowed: yes
timers:
  retransmit_initial: 250ms
  retransmit_factor: 2
  retransmit_attempts: 4
  liveness: 5m
  nat_keepalive: 0
  ike_rekey: 4h
  child_rekey: 90
)";

}  // namespace

TEST_CASE("every key of a profile arrives where it belongs", "[tools][profile]") {
    const Folder folder;
    const auto profile = read_profile(folder.write("p.yaml", full), Role::initiator);
    REQUIRE(profile);
    CHECK(profile->gateway == "gw.example");
    CHECK((profile->gateway_port == 5500 && profile->gateway_nat_port == 5501));
    CHECK((profile->own_port == 600 && profile->own_nat_port == 0));
    CHECK(profile->local ==
          std::vector{*ike::Address::parse("192.0.2.1"), *ike::Address::parse("2001:db8::1")});
    const auto& peer = profile->peer;
    CHECK(peer.local_id == *ike::Identity::parse("client@example.test"));
    CHECK(peer.remote_id == *ike::Identity::parse("gw.example"));
    CHECK(psk_of(*profile) == "a secret with spaces");
    CHECK(peer.ike_proposals.size() == 2);
    CHECK(peer.esp_proposals.size() == 1);
    CHECK(ike::to_string(std::span{peer.ts_local}) == "10.1.0.0/16");
    CHECK(peer.ts_remote.size() == 2);
    CHECK((profile->force_udp && peer.udp_encapsulation));
    CHECK_FALSE(peer.send_initial_contact);
    CHECK((peer.replay_window == 256 && peer.fragment_limit == 1400));
    CHECK((peer.mobike.enabled && !peer.mobike.return_routability && peer.mobike.no_nats_allowed));
    CHECK(peer.mobike.additional == std::vector{*ike::Address::parse("198.51.100.7")});
    CHECK(peer.mobike.refused.size() == 1);
    CHECK(peer.timers.retransmit.initial == 250ms);
    CHECK(peer.timers.retransmit.factor == 2.0);
    CHECK(peer.timers.retransmit.attempts == 4);
    CHECK((peer.timers.liveness == 5min && peer.timers.nat_keepalive == 0s));
    CHECK((peer.timers.ike_rekey == 4h && peer.timers.child_rekey == 90s));
}

TEST_CASE("flags override a profile", "[tools][profile]") {
    const Folder folder;
    CommonOptions options;
    options.profiles = {folder.write("p.yaml", full)};
    options.id = "other.example";
    options.psk_file = folder.write("psk", "from a file\n");
    options.port = 700;
    options.local = {"127.0.0.1"};
    options.proposal = "aes128-sha256-ecp256";
    options.ts_remote = "10.9.0.0/24";
    options.no_mobike = true;
    const auto profile = resolve_profile(options, Role::initiator, "192.0.2.99");
    REQUIRE(profile);
    CHECK(profile->gateway == "192.0.2.99");
    CHECK(psk_of(*profile) == "from a file");
    // The profile's NAT port belonged to its own port.
    CHECK((profile->gateway_port == 700 && profile->gateway_nat_port == 701));
    CHECK(profile->local == std::vector{*ike::Address::parse("127.0.0.1")});
    CHECK(profile->peer.local_id == *ike::Identity::parse("other.example"));
    CHECK(profile->peer.ike_proposals.size() == 1);
    CHECK(ike::to_string(std::span{profile->peer.ts_remote}) == "10.9.0.0/24");
    CHECK_FALSE(profile->peer.mobike.enabled);
}

TEST_CASE("a responder listens where its clients connect to", "[tools][profile]") {
    const Folder folder;
    const auto profile = read_profile(folder.write("p.yaml", full), Role::responder);
    REQUIRE(profile);
    CHECK((profile->own_port == 5500 && profile->own_nat_port == 5501));
}

TEST_CASE("what is wrong in a profile is named with file and line", "[tools][profile]") {
    struct Case {
        const char* text;
        const char* where;
        const char* says;
    };
    const auto wrong = GENERATE(values<Case>({
        {"id: a\nbogus: 1\n", ":2: bogus", "no such key"},
        {"id: a\nmobike:\n  enabeld: no\n", ":3: enabeld", "no such key"},
        {"id: {a: b}\n", ":1: id", "not a mapping"},
        {"local: [[a]]\n", ":1: local", "not a list"},
        {"mobike: no\n", ":1: mobike", "wants a mapping"},
        {"mobike: {enabled: maybe}\n", ":1: enabled", "neither yes nor no"},
        {"port: -1\n", ":1: port", "whole number"},
        {"port: 1.5\n", ":1: port", "whole number"},
        {"port: 65536\n", ":1: port", "whole number"},
        {"timers: {liveness: 5 parsecs}\n", ":1: liveness", "no time"},
        {"timers: {retransmit_initial: 0}\n", ":1: retransmit_initial", "longer than 0"},
        {"timers: {retransmit_factor: 0.5}\n", ":1: retransmit_factor", "no number"},
        {"id: a\npsk: b\nts_local: 10.0.0.0/33\n", ":3: ts_local", "10.0.0.0/33"},
        {"id: a\npsk: b\nesp_proposals: rot13\n", ":3: esp_proposals", "rot13"},
        {"id: a\npsk: b\nlocal: here\n", ":3: local", "no address"},
        {"id: a\npsk: b\nencapsulation: never\n", ":3: encapsulation", "neither auto nor always"},
        {"id: a\npsk_hex: xyz\n", ":2: psk_hex", "not hexadecimal"},
        {"id: a\npool: {dns: 10.0.0.1}\n", ":2: addresses", "none to hand out"},
        {"id: a\nppk: {secret: b}\n", ":2: id", "is missing"},
        {"id: a\nppk: {id: b}\n", ":2: secret", "exactly one"},
        {"id: a\nrequest_addresses: ipv5\n", ":2: request_addresses", "neither ipv4 nor ipv6"},
        {"id: a\npsk: b\nchildless: maybe\n", ":3: childless", "none of refuse"},
        {"id: a\npsk: b\nid: c\n", ":3: id", "twice"},
        {"- a\n- b\n", ":1", "no mapping"},
        {"a: b: c\n", ":1", "not YAML"},
    }));
    const Folder folder;
    const auto file = folder.write("p.yaml", wrong.text);
    const auto profile = read_profile(file, Role::initiator);
    INFO(wrong.text);
    REQUIRE_FALSE(profile);
    INFO(profile.error().what);
    if (std::string_view{wrong.says} != "twice") CHECK(profile.error().what.find(file + wrong.where) == 0);
    CHECK(profile.error().what.find(wrong.says) != std::string::npos);
}

TEST_CASE("inner addresses, windows and unnamed peers are settings of a profile", "[tools][profile]") {
    const Folder folder;
    const auto profile = read_profile(folder.write("p.yaml", R"(id: me.example
psk: secret
request_addresses: [ipv4, ipv6]
pool: {addresses: [10.98.0.10-10.98.0.20, "fd98::/120"], dns: 10.99.0.53, domains: corp.example, subnets: 10.99.0.0/24}
window: 8
childless: ask
accept_null: yes
ppk: {id: quantum, secret_hex: 0102ff, required: yes}
timers: {reauthentication: 1h, auth_lifetime: 2h}
)"),
                                      Role::initiator);
    REQUIRE(profile);
    const auto& peer = profile->peer;
    CHECK(peer.request_addresses == std::vector{ike::Address::Family::v4, ike::Address::Family::v6});
    REQUIRE(peer.pool);
    REQUIRE(peer.pool->ranges.size() == 2);
    CHECK(peer.pool->ranges[0].last == *ike::Address::parse("10.98.0.20"));
    // A network's own address is no host's.
    CHECK(peer.pool->ranges[1].first == *ike::Address::parse("fd98::1"));
    CHECK(peer.pool->dns == std::vector{*ike::Address::parse("10.99.0.53")});
    CHECK(peer.pool->dns_domains == std::vector<std::string>{"corp.example"});
    CHECK(peer.pool->subnets.size() == 1);
    CHECK((peer.window == 8 && peer.childless == ike::Childless::ask && peer.remote->accept_null));
    REQUIRE(peer.ppk);
    CHECK((peer.ppk->required && ike::equal(peer.ppk->secret, ike::Bytes{1, 2, 0xff})));
    CHECK((peer.timers.reauthentication == 1h && peer.timers.auth_lifetime == 2h));
}

TEST_CASE("a profile has EAP for either role", "[tools][profile]") {
    const Folder folder;
    folder.write("ca.pem", std::string{ike::testing::pki::ca_pem});
    folder.write("gw.pem", std::string{ike::testing::pki::gateway_pem});
    folder.write("gw.key", std::string{ike::testing::pki::gateway_key});
    folder.write("password", "correct horse\n");
    const std::string client = "gateway: gw.example\nca: ca.pem\n";
    const auto refused = [&](const std::string& text, Role role = Role::initiator) {
        const auto profile = read_profile(folder.write("wrong.yaml", text), role);
        REQUIRE_FALSE(profile);
        return profile.error().what;
    };
    SECTION("a client with a password") {
        const auto profile = read_profile(
            folder.write(
                "peer.yaml",
                client + "eap: {identity: alice, password_file: password, method: [mschapv2, gtc]}\n"),
            Role::initiator);
        REQUIRE(profile);
        const auto& eap = *profile->peer.eap;
        CHECK(eap.identity == "alice");
        CHECK(eap.methods == std::vector{ike::EapType::ms_eap, ike::EapType::gtc});
        CHECK(ike::equal(eap.password, ike::to_bytes(std::string_view{"correct horse"})));
        CHECK(to_string(profile->peer.local_id) == "alice");
        CHECK_FALSE(profile->peer.eap_only);
    }
    SECTION("a client with a certificate, and EAP alone") {
        const auto profile = read_profile(
            folder.write("peer.yaml", client + "certificates: gw.pem\nkey: gw.key\nid: me@example\n"
                                               "eap: {only: yes, tls_version: 1.3, server: aaa.example}\n"),
            Role::initiator);
        REQUIRE(profile);
        const auto& eap = *profile->peer.eap;
        CHECK(eap.methods == std::vector{ike::EapType::tls});
        CHECK(eap.identity == "me@example");
        CHECK(eap.versions.least == ike::crypto::TlsVersion::v1_3);
        CHECK(eap.server == ike::Identity::parse("aaa.example").value());
        CHECK(profile->peer.eap_only);
    }
    SECTION("a server") {
        const auto profile =
            read_profile(folder.write("peer.yaml",
                                      "id: gateway.example\ncertificates: gw.pem\nkey: gw.key\nca: ca.pem\n"
                                      "eap_method: [tls, mschapv2]\neap_users:\n  alice: one\n  bob: two\n"),
                         Role::responder);
        REQUIRE(profile);
        CHECK(profile->peer.eap_server->methods == std::vector{ike::EapType::tls, ike::EapType::ms_eap});
        CHECK(profile->peer.eap_server->users.size() == 2);
        CHECK(profile->peer.eap == nullptr);
    }
    SECTION("what is wrong is said, and no password") {
        const auto eap = client + "eap: ";
        CHECK(refused(eap + "{identity: a, method: ikev2, password: hush}\n")
                  .find("\"ikev2\" is no EAP method") != std::string::npos);
        CHECK(refused(eap + "{identity: alice}\n").find("neither a password nor a certificate") !=
              std::string::npos);
        CHECK(refused(eap + "{identity: alice, method: tls}\n").find("EAP-TLS without a certificate") !=
              std::string::npos);
        CHECK(refused(eap + "{identity: a, password: hush, only: yes}\n").find("safe for it") !=
              std::string::npos);
        CHECK(refused(eap + "{identity: a, passwort: hush}\n").find("hush") == std::string::npos);
        CHECK(refused("gateway: gw.example\neap: {identity: a, password: hush}\n").find("no CA") !=
              std::string::npos);
        CHECK(refused("id: gw\neap_users: {a: b}\n", Role::responder).find("no certificate of ours") !=
              std::string::npos);
        CHECK(refused("id: gw\neap_method: md5\n", Role::responder).find("no users") != std::string::npos);
    }
}

TEST_CASE("what is missing of a peer is said, with the flag that gives it", "[tools][profile]") {
    const Folder folder;
    const auto says = [&](const char* text) {
        const auto profile = read_profile(folder.write("p.yaml", text), Role::initiator);
        return profile ? std::string{} : profile.error().what + "; " + profile.error().advice;
    };
    CHECK(says("psk: a\n").find("--id") != std::string::npos);
    CHECK(says("id: a\n").find("--psk-file") != std::string::npos);
    CHECK(says("id: a\npsk: b\npsk_hex: 00\n").find("more than one") != std::string::npos);
    CHECK(says("id: a\npsk: b\nport: 5\nnat_port: 5\n").find("cannot be one") != std::string::npos);
}

TEST_CASE("times are written with their unit", "[tools]") {
    CHECK(parse_duration("500ms") == 500ms);
    CHECK(parse_duration("1.5s") == 1500ms);
    CHECK(parse_duration("2m") == 2min);
    CHECK(parse_duration("4h") == 4h);
    CHECK(parse_duration("30") == 30s);
    CHECK(parse_duration("0") == 0s);
    for (const auto* text : {"", "s", "-1s", "1 s", "1d", "nan", "inf", "1e99"}) {
        INFO(text);
        CHECK_FALSE(parse_duration(text));
    }
}
