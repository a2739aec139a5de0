#pragma once
// The rows of vendor_ids(). Sources: the RFCs and drafts named by the values themselves, published lists of
// IKE scanners and implementations, and captures.
#include <array>

#include "libike/registry/vendor_id.hpp"

namespace ike::detail {

/// The octets are the MD5 of `text`, or its first octets where `hex` is shorter.
constexpr VendorId md5(std::string_view text, std::string_view hex) {
    return {text, hex, VendorId::Match::exact, false, text};
}
constexpr VendorId md5_prefix(std::string_view name, std::string_view text, std::string_view hex) {
    return {name, hex, VendorId::Match::prefix, false, text};
}
constexpr VendorId exact(std::string_view name, std::string_view hex) { return {name, hex}; }
constexpr VendorId prefix(std::string_view name, std::string_view hex) {
    return {name, hex, VendorId::Match::prefix};
}
/// The octets are characters.
constexpr VendorId text(std::string_view characters) {
    return {characters, characters, VendorId::Match::exact, true};
}
constexpr VendorId text_prefix(std::string_view name, std::string_view characters) {
    return {name, characters, VendorId::Match::prefix, true};
}

inline constexpr std::array vendor_id_table{
    // Free implementations.
    md5("strongSwan", "882fe56d6fd20dbc2251613b2ebe5beb"),
    md5("strongSwan 2.8.8", "8c4a3bcb729b11f703d22a5b39640ca8"),
    md5("strongSwan 4.0.0", "2ce9c946a4c879bf11b50b76cc5692cb"),
    md5("strongSwan 4.1.0", "4794cef6843422980d1a3d06af41c5cd"),
    md5("strongSwan 4.2.0", "9f68901325a972894335302a9531ab9f"),
    md5("strongSwan 4.2.3", "2d1f406118fbd5d28474791ffa00488a"),
    md5("strongSwan 4.3.5", "de5c703801952d85f6b3ed33b33784b4"),
    text_prefix("Libreswan", "OE-Libreswan-"),
    text_prefix("OpenIKED", "OpenIKED"),
    text_prefix("Openswan", "OE"),
    text_prefix("Openswan (Xelerance)", "OSW"),
    text("Opportunistic IPsec"),
    text("IKEv2"),
    text_prefix("OpenPGP", "OpenPGP10171"),
    md5("KAME/racoon", "7003cbc1097dbe9c2600ba6983bc8b35"),
    exact("IPsec-Tools", "20a3622c1cea7ce37bee3ca484425276"),
    exact("Shrew Soft client", "f14b94b7bff1fef02773b8c49feded26"),
    exact("NCP client", "101fb0b35c5a4f4c08b919f1cb9777b0"),
    prefix("NCP client", "eb4c1b788afd4a9cb7730a68d5"),
    exact("NCP client", "c61baca1f1a60cc10800000000000000"),
    prefix("ELVIS-PLUS Zastava", "08db45e6cb01f80bb576e9a78c0f54e1300b8881"),
    // Extensions of IKEv1.
    prefix("RFC 3706 DPD (Dead Peer Detection)", "afcad71368a1f1c96b8696fc7757"),
    exact("DPDv1_NG", "3b9031dce4fcf88b489a923963dd0c49"),
    md5_prefix("XAUTH", "draft-ietf-ipsra-isakmp-xauth-06.txt", "09002689dfd6b712"),
    text_prefix("Heartbeat Notify", "HeartBeat_Notify"),
    exact("DWR: Delete with reason", "2d7922c6b301d9b0e1342739e9cfbbd5"),
    exact("draft-ietf-ipsec-antireplay-00", "325df29a2319f2dd"),
    exact("draft-ietf-ipsec-heartbeats-00", "8db7a41811221660"),
    // NAT traversal: RFC 3947 and the drafts before it.
    md5("RFC 3947", "4a131c81070358455c5728f20e95452f"),
    md5("RFC XXXX", "810fa565f8ab14369105d706fbd57279"),
    md5("Testing NAT-T RFC", "c40fee00d5d39ddb1fc762e09b7cfea7"),
    md5("draft-ietf-ipsec-nat-t-ike", "4df37928e9fc4fd1b3262170d515c662"),
    md5("draft-ietf-ipsec-nat-t-ike-00", "4485152d18b6bbcd0be8a8469579ddcc"),
    md5("draft-ietf-ipsec-nat-t-ike-01", "16f6ca16e4a4066d83821a0f0aeaa862"),
    md5("draft-ietf-ipsec-nat-t-ike-02", "cd60464335df21f87cfdb2fc68b6a448"),
    md5("draft-ietf-ipsec-nat-t-ike-03", "7d9419a65310ca6f2c179d9215529d56"),
    md5("draft-ietf-ipsec-nat-t-ike-04", "9909b64eed937c6573de52ace952fa6b"),
    md5("draft-ietf-ipsec-nat-t-ike-05", "80d0bb3def54565ee84645d4c85ce3ee"),
    md5("draft-ietf-ipsec-nat-t-ike-06", "4d1e0e136deafa34c4f3ea9f02ec7285"),
    md5("draft-ietf-ipsec-nat-t-ike-07", "439b59f8ba676c4c7737ae22eab8f582"),
    md5("draft-ietf-ipsec-nat-t-ike-08", "8f8d83826d246b6fc7a8a6a428c11de8"),
    md5("draft-ietf-ipsec-nat-t-ike-09", "42ea5b6f898d9773a575df26e7dd19e1"),
    md5("draft-ietf-ipsec-nat-t-ike-02\n", "90cb80913ebb696e086381b5ec427b1f"),
    md5("draft-stenberg-ipsec-nat-traversal-01", "27bab5dc01ea0760ea4e3190ac27c0d0"),
    md5("draft-stenberg-ipsec-nat-traversal-02", "6105c422e76847e43f9684801292aecd"),
    md5("draft-huttunen-ipsec-esp-in-udp-00.txt", "6a7434c19d7e36348090a02334c9c805"),
    md5("ESPThruNAT", "50760f624c63e5c53eea386c685ca083"),
    // Cisco.
    text("CISCO-DELETE-REASON"),
    text("CISCO-DYNAMIC-ROUTE"),
    text("FLEXVPN-SUPPORTED"),
    text("CISCOVPN-REV-02"),
    text("CISCO-GRE-MODE"),
    text_prefix("CISCO(COPYRIGHT)", "CISCO(COPYRIGHT)&Copyright (c) "),
    md5_prefix("CISCO-UNITY", "CISCO-UNITY", "12f5f28c457168a9702d9fe274cc"),
    exact("Cisco Unity firewall type", "800100018002000180030002"),
    md5_prefix("FRAGMENTATION", "FRAGMENTATION", "4048b7d56ebce88525e7de7f00d6c2d3"),
    md5_prefix("Cisco VPN 3000 concentrator", "ALTIGA GATEWAY", "1f07f70eaa6514d3b0fa96542a50"),
    md5("ALTIGA NETWORKS", "f6f7efc7f5aeb8cb158cb9d094ba69e7"),
    prefix("Cisco IOS", "3e984048"),
    // Microsoft ([MS-IKEE] section 2.2.3 and what Windows was seen to send).
    md5_prefix("MS NT5 ISAKMPOAKLEY", "MS NT5 ISAKMPOAKLEY", "1e2b516905991c7d7c96fcbfb587e461"),
    exact("MS NT5 ISAKMPOAKLEY v2 (Windows 2000)", "1e2b516905991c7d7c96fcbfb587e46100000002"),
    exact("MS NT5 ISAKMPOAKLEY v3 (Windows XP)", "1e2b516905991c7d7c96fcbfb587e46100000003"),
    exact("MS NT5 ISAKMPOAKLEY v4 (Windows Server 2003)", "1e2b516905991c7d7c96fcbfb587e46100000004"),
    exact("MS NT5 ISAKMPOAKLEY v5 (Windows Vista)", "1e2b516905991c7d7c96fcbfb587e46100000005"),
    exact("MS NT5 ISAKMPOAKLEY v6 (Windows Server 2008)", "1e2b516905991c7d7c96fcbfb587e46100000006"),
    exact("MS NT5 ISAKMPOAKLEY v7 (Windows 7)", "1e2b516905991c7d7c96fcbfb587e46100000007"),
    exact("MS NT5 ISAKMPOAKLEY v8 (Windows Server 2008 R2)", "1e2b516905991c7d7c96fcbfb587e46100000008"),
    exact("MS NT5 ISAKMPOAKLEY v9 (Windows 8 and later)", "1e2b516905991c7d7c96fcbfb587e46100000009"),
    md5("MS-Negotiation Discovery Capable", "fb1de3cdf341b7ea16b7e5be0855f120"),
    md5("Vid-Initial-Contact", "26244d38eddb61b3172a36e3d0cfb819"),
    md5("IKE CGA version 1", "e3a5966a76379fe707228231e5ce8652"),
    md5("MS-MamieExists", "214ca4faffa7f32d6748e5303395ae83"),
    md5("NLBS_PRESENT", "72872b95fcda2eb708efe322119b4971"),
    md5("IKE SECURITY REALM", "f017353e6b51f6771cd8ec42756ff6bd"),
    md5("MSFT IPsec Security Realm Id", "686a8cbdfe634b405146fb2baf33e9e8"),
    md5("Microsoft Xbox One 2013", "8aa394cf8a5577dc3110c113b027a4f2"),
    md5("A GSS-API Authentication Method for IKE", "ad2c0dd0b9c32083ccba25b8861ec455"),
    md5("A GSS-API Authentication Method for IKE\n", "b46d8914f3aaa3f2fedeb7c7db2943ca"),
    md5("GSSAPI", "621b04bb09882ac1e15935fefa24aeee"),
    exact("Xbox IKEv2 Negotiation", "660822b3a73a244149578d62e0eb46a0"),
    prefix("Windows KEY_MODS", "01528bbbc00696121849ab9a1c5b2a51"),
    prefix("AuthIP initial KE group", "7bb93867d76c8d80df0f40fae8fc3b19"),
    // Other gateways and clients.
    md5_prefix("FortiGate", "FORTIGATE", "8299031757a36082c6a621de"),
    exact("FortiGate", "1d6e178f6c2c0be284985465450fe9d4"),
    md5("Fortinet Endpoint Control", "b4f01ca951e9da8d0bafbbd34ad3044e"),
    md5("forticlient connect license", "4c53427b6d465d1b337bb755a37a7fef"),
    prefix("Check Point", "f4ed19e0c114eb516faaac0ee37daf2807b4381f"),
    exact("CryptoPro/GOST 1.0 or Check Point R71", "031017e07f7a82e3aa6950c999990100"),
    exact("CryptoPro/GOST 1.1", "031017e07f7a82e3aa6950c999990101"),
    exact("Juniper SRX", "fd808804df73b15150709d878044cde0ac1efcde"),
    prefix("NetScreen 1", "299ee8289f40a8973bc78687e2e7226b532c3b76"),
    prefix("NetScreen 2", "3a15e1f3cf2a63582e3ac82d1c64cbe3b6d779e7"),
    prefix("NetScreen 3", "47d2b126bfcd83489760e2cf8c5d4d5a03497c15"),
    prefix("NetScreen 4", "4a4340b543e02b84c88a8b96a8af9ebe77d9accc"),
    prefix("NetScreen 5", "64405f46f03b7660a23be116a1975058e69e8387"),
    prefix("NetScreen 6", "699369228741c6d4ca094c93e242c9de19e7b7c6"),
    prefix("NetScreen 7", "8c0dc6cf62a0ef1b5c6eabd1b67ba69866adf16a"),
    prefix("NetScreen 8", "92d27a9ecb31d99246986d3453d0c3d57a222a61"),
    prefix("NetScreen 9", "9b096d9ac3275a7d6fe8b91c583111b09efed1a0"),
    prefix("NetScreen 10", "bf03746108d746c904f1f3547de24f78479fed12"),
    prefix("NetScreen 11", "c2e80500f4cc5fbf5daaeed3bb59abaeee56c652"),
    prefix("NetScreen 12", "c8660a62b03b1b6130bf781608d32a6a8d0fb89f"),
    prefix("NetScreen 13", "f885da40b1e7a9abd17655ec5bbec0f21f0ed52e"),
    prefix("NetScreen 14", "2a2bcac19b8e91b426107807e02e7249569d6fd3"),
    prefix("NetScreen 15", "166f932d55eb64d8e4df4fd37e2313f0d0fd8451"),
    prefix("NetScreen 16", "a35bfd05ca1ac0b3d2f24e9e82bfcbff9c9e52b5"),
    exact("ZyXEL ZyWALL router", "b858d1addd08c1e8adafea150608aa4497aa6cc8"),
    exact("ZyXEL ZyWALL USG 100", "f758f22668750f03b08df6ebe1d0"),
    exact("ZyXEL ZyWALL", "625027749d5ab97f5616c1602765cf480a3b7d0b"),
    prefix("SonicWall 7", "5b362bc820f60007"),
    prefix("SonicWall 8", "5b362bc820f60008"),
    prefix("SonicWall c", "5b362bc820f70001"),
    prefix("SonicWall a", "404bf439522ca3f6"),
    prefix("SonicWall or WatchGuard", "da8e9378"),
    prefix("SafeNet SoftRemote", "47bbe7c993f1fc13b4e6d0db565c68e5"),
    exact("Sidewinder", "8404adf9cda05760b2ca292e4bff537b"),
    exact("Aruba Remote AP", "ca3e2b854ba8030017dc1023a4fde2041f9f7463"),
    exact("Aruba controller", "3c8e70bdf9c7d74add53e4100915dc2e4bb51274"),
    exact("Aruba VIA client", "88f0e3149b3fa48b05aa7f685f0b766be186ccb8"),
    text_prefix("Aruba VIA Auth Profile", "VIA Auth Profile : "),
    text_prefix("Nortel Contivity", "BNES"),
    text_prefix("TimeStep", "TIMESTEP"),
    text_prefix("Lucent VPN gateway", "LVG"),
    text_prefix("Lucent VPN client", "LVC"),
    md5("SSH Sentinel", "054182a07c7ae206f9d2cf9d2432c482"),
    md5("SSH Sentinel 1.1", "b91623e693ca18a54c6a2778552305e8"),
    md5("SSH Sentinel 1.2", "5430888de01a31a6fa8f60224e449958"),
    md5("SSH Sentinel 1.3", "7ee5cb85f71ce259c94a5c731ee4e752"),
    md5("SSH Sentinel 1.4", "63d9a1a7009491b5a0a6fdeb2a8284f0"),
    md5("SSH Sentinel 1.4.1", "eb4b0d96276b4e220ad16221a7b2a5e6"),
    md5("Ssh Communications Security IPSEC Express version 1.1.0", "fbf47614984031fa8e3bb6198089b223"),
    md5("Ssh Communications Security IPSEC Express version 1.1.1", "1952dc91ac20f646fb01cf42a33aee30"),
    md5("Ssh Communications Security IPSEC Express version 1.1.2", "e8bffa643e5c8f2cd10fda7370b6ebe5"),
    md5("Ssh Communications Security IPSEC Express version 1.2.1", "c1111b2dee8cbc3d620573ec57aab9cb"),
    md5("Ssh Communications Security IPSEC Express version 1.2.2", "09ec27bfbc09c75823cfecbffe565a2e"),
    md5("SSH Communications Security IPSEC Express version 2.0.0", "7f21a596e4e318f0b2f4944c2384cb84"),
    md5("SSH Communications Security IPSEC Express version 2.1.0", "2836d1fd2807bc9e5ae30786320451ec"),
    md5("SSH Communications Security IPSEC Express version 2.1.1", "a68de756a9c5229bae66498040951ad5"),
    md5("SSH Communications Security IPSEC Express version 2.1.2", "3f2372867e237c1cd8250a75559cae20"),
    md5("SSH Communications Security IPSEC Express version 3.0.0", "0e58d5774df602007d0b02443660f7eb"),
    md5("SSH Communications Security IPSEC Express version 3.0.1", "f5ce31ebc210f44350cf71265b57380f"),
    md5("SSH Communications Security IPSEC Express version 4.0.0", "f64260af2e2742daddd56987068a99a0"),
    md5("SSH Communications Security IPSEC Express version 4.0.1", "7a54d3bdb3b1e6d923892064be2d981c"),
    md5("SSH Communications Security IPSEC Express version 4.1.0", "9aa1f3b43472a45d5f506aeb260cf214"),
    md5("SSH Communications Security IPSEC Express version 4.1.1", "89f7b760d86b012acf263382394d962f"),
    md5("SSH Communications Security IPSEC Express version 4.2.0", "6880c7d026099114e486c55430e7abee"),
    md5("SSH Communications Security IPSEC Express version 5.0", "b037a21aceccb5570f602546f97bde8c"),
    md5("SSH Communications Security IPSEC Express version 5.0.0", "2b2dad97c4d140930053287f996850b0"),
    md5("SSH Communications Security IPSEC Express version 5.1.0", "45e17f3abe93944cb202910c59ef806b"),
    md5("SSH Communications Security IPSEC Express version 5.1.1", "5925859f7377ed7816d2fb81c01fa551"),
    md5("SSH Communications Security QuickSec 0.9.0", "37eba0c4136184e7daf8562a77060b4a"),
    md5("SSH Communications Security QuickSec 1.1.0", "5d72925e55948a9661a7fc48fdec7ff9"),
    md5("SSH Communications Security QuickSec 1.1.1", "777fbf4c5af6d1cdd4b895a05bf82594"),
    md5("SSH Communications Security QuickSec 1.1.2", "2cdf08e712ede8a5978761267cd19b91"),
    md5("SSH Communications Security QuickSec 1.1.3", "59e454a8c2cf02a34959121f1890bc87"),
};

}  // namespace ike::detail
