#include "libike/sa/traffic_selectors.hpp"
#include "tests/catch.hpp"
#include "tests/tools/folder.hpp"
#include "tools/common/profile.hpp"

using namespace std::chrono_literals;

TEST_CASE("Child SAs are described in a profile, one or several", "[tools][profile]") {
    const Folder folder;
    const std::string head = "gateway: g\nid: a\nremote_id: b\npsk: c\n";
    const auto one = read_profile(folder.write("one.yaml", head + R"(mode: transport
child:
  ipcomp: yes
  tfc_size: 512
  accept_tfc: no
  later_fragments: yes
  single_pair: yes
  most: 3
  df: copy
  rekey_octets: 1000
  octets: 2000
  rekey_packets: 10
  packets: 20
timers:
  ike_lifetime: 8h
  child_lifetime: 2h
)"),
                                  Role::initiator);
    REQUIRE(one);
    CHECK(one->peer.mode == ike::ChildMode::transport);
    const auto& policy = one->peer.child_policy;
    CHECK((policy.ipcomp && policy.later_fragments && policy.single_pair && !policy.accept_tfc));
    CHECK((policy.tfc_size == 512 && policy.most == 3 && policy.df == ike::DfBit::copy));
    CHECK((policy.limits.soft_octets == 1000 && policy.limits.hard_octets == 2000));
    CHECK((policy.limits.soft_packets == 10 && policy.limits.hard_packets == 20));
    CHECK((one->peer.timers.ike_lifetime == 8h && one->peer.timers.child_lifetime == 2h));
    const auto several = read_profile(folder.write("several.yaml", head + R"(esp_proposals: aes256gcm16
children:
  - {name: web, ts_remote: "10.2.0.0/16[tcp/443]", esp_proposals: aes128-sha256}
  - {name: host, mode: transport-only, ts_local: 192.0.2.1}
)"),
                                      Role::initiator);
    REQUIRE(several);
    const auto& kinds = several->peer.children;
    REQUIRE(kinds.size() == 2);
    CHECK(kinds[0].name == "web");
    CHECK(ike::to_string(std::span{kinds[0].ts_remote}) == "10.2.0.0/16[tcp/443]");
    CHECK(to_string(kinds[0].esp_proposals.front()) == "aes128-sha256-noesn");
    CHECK(kinds[0].mode == ike::ChildMode::tunnel);
    CHECK(to_string(kinds[1].esp_proposals.front()) == "aes256gcm16-noesn");
    CHECK(kinds[1].mode == ike::ChildMode::transport_only);
    CHECK(ike::to_string(std::span{kinds[1].ts_local}) == "192.0.2.1/32");
    for (const auto* wrong :
         {"mode: both\n", "child: {df: yes}\n", "child: {rekey_octets: 9, octets: 5}\n",
          "child: {speed: 9}\n", "children: [{ts_local: 10.0.0.0/8}]\n", "children: [{name: a}, {name: a}]\n",
          "children: [{name: a}]\nts_local: 10.0.0.0/8\n",
          "children: [{name: a, esp_proposals: none-such}]\n"}) {
        CAPTURE(wrong);
        CHECK_FALSE(read_profile(folder.write("wrong.yaml", head + wrong), Role::initiator));
    }
}
