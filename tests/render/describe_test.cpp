// What payloads say, by name and value.
#include "libike/render/describe.hpp"

#include "libike/render/json_fields.hpp"
#include "libike/render/version1.hpp"
#include "tests/catch.hpp"

using namespace ike;

namespace {

template <class Describe>
std::string json(Describe describe) {
    TextBuffer out;
    JsonFields fields{out};
    fields.open("", "");
    describe(fields);
    fields.close();
    return {out.data(), out.size()};
}
std::string eap(std::string_view octets) {
    return json([&](Fields& fields) { describe(EapPayload{*from_hex(octets)}, fields); });
}
std::string config(unsigned type, std::string_view octets) {
    CpPayload cp;
    cp.type = ConfigType::cfg_reply;
    cp.attributes.push_back({false, static_cast<ConfigAttribute>(type), *from_hex(octets)});
    return json([&](Fields& fields) { describe(cp, fields); });
}
std::string notification(unsigned type, std::string_view octets) {
    Notify notify;
    notify.type = static_cast<NotifyType>(type);
    notify.data = *from_hex(octets);
    return json([&](Fields& fields) { describe(notify, MessageContext{}, fields); });
}
bool has(const std::string& text, std::string_view part) {
    INFO(text);
    INFO(part);
    return text.find(part) != text.npos;
}

}  // namespace

TEST_CASE("EAP-AKA's attributes are named, identities read", "[render][eap]") {
    // Response, EAP-AKA, AKA-Identity, AT_IDENTITY of 11 characters with a padding octet.
    const auto text =
        eap("020100181705000e04000b"
            "3040696d732e6578616d"
            "6500");
    CHECK(has(text, R"("subtype":"AKA-Identity","subtype_id":5)"));
    const auto whole =
        eap("0201001817050000"
            "0e04000b"
            "3040696d732e6578616d65"
            "00");
    CHECK(has(whole, R"("type":"AT_IDENTITY","type_id":14,"text":"0@ims.exame")"));
    const auto challenge =
        eap("0101002c"
            "17010000"
            "01050000"
            "000102030405060708090a0b0c0d0e0f"
            "18010001");
    CHECK(has(challenge, R"("type":"AT_RAND")"));
    CHECK(has(challenge, R"("type":"AT_KDF","type_id":24,"value_number":1)"));
}

TEST_CASE("EAP-TLS shows its records and handshake messages", "[render][eap]") {
    const auto text =
        eap("02020015"
            "0d80"
            "0000000b"
            "1603010006"
            "0e0000020000");
    CHECK(has(text, R"("tls_length":11)"));
    CHECK(has(text, R"("content":"handshake","content_id":22,"version":769)"));
    CHECK(has(text, R"("handshake":"server_hello_done","handshake_id":14,"length":2)"));
    CHECK(has(eap("01020006"
                  "0d20"),
              R"("tls_start":true)"));
    CHECK(has(eap("0203000d"
                  "0d00"
                  "15030300020228"),
              R"("alert_level":"fatal","alert_level_id":2,"alert":"handshake_failure","alert_id":40)"));
}

TEST_CASE("EAP-MSCHAPv2, MD5, GTC and Nak are read", "[render][eap]") {
    CHECK(has(eap("01050030"
                  "1a03052b"
                  "00533d4142204d3d776f726b73"),
              R"("opcode":"Success")"));
    CHECK(has(eap("0105001a"
                  "1a04050011"
                  "453d36393120523d31"),
              R"("text":"E=691 R=1")"));
    CHECK(has(eap("0101000c"
                  "0402"
                  "abcd"
                  "6e616d65"),
              R"("value":"abcd","name":"name")"));
    CHECK(has(eap("0101000b"
                  "06"
                  "436f64653f20"),
              R"("text":"Code? ")"));
    CHECK(has(eap("0201000b"
                  "06"
                  "736563726574"),
              R"("answer_octets":6)"));  // a password
    CHECK(has(eap("02010007"
                  "03"
                  "0d1a"),
              R"("wanted":[{"name":"EAP-TLS","id":13},)"));
}

TEST_CASE("no prefix of an EAP message does harm", "[render][eap]") {
    for (const std::string_view whole : {"0201001817050000"
                                         "0e04000b"
                                         "3040696d732e6578616d65"
                                         "00",
                                         "02020015"
                                         "0d80"
                                         "0000000b"
                                         "1603010006"
                                         "0e0000020000",
                                         "0105003a"
                                         "1a02050035"
                                         "31"
                                         "000102030405060708090a0b0c0d0e0f"}) {
        for (std::size_t size = 0; size <= whole.size(); size += 2)
            CHECK_FALSE(eap(whole.substr(0, size)).empty());
    }
}

TEST_CASE("configuration attributes are read", "[render]") {
    CHECK(has(
        config(27,
               "0001020b"
               "c0000235"
               "c0000236"
               "646f742e6578616d706c65"
               "0001"),
        R"("priority":1,"addresses":["192.0.2.53","192.0.2.54"],"domain":"dot.example","parameters":"0001")"));
    CHECK(has(config(29,
                     "010b"
                     "646f742e6578616d706c65"
                     "0002"
                     "aabb"),
              R"("hashes":[{"name":"SHA2-256","id":2}],"digest":"aabb")"));
    CHECK(has(config(26,
                     "ec3f"
                     "0802"
                     "0011"),
              R"("key_tag":60479,"algorithm":8,"digest_type":2,"digest":"0011")"));
    CHECK(has(config(18,
                     "20010db8000000000000000000000001"
                     "40"),
              R"("address":"2001:db8::1","prefix_length":64)"));
    CHECK(has(config(28676,
                     "0a000000"
                     "ff000000"
                     "000000000000"),
              R"("networks":[{"address":"10.0.0.0","netmask":"255.0.0.0"}])"));
    CHECK(has(config(24, "0000003c"), R"("seconds":60)"));
}

TEST_CASE("3GPP's notifications are read", "[render]") {
    CHECK(has(notification(41101,
                           "000901"
                           "0123456789012345"),
              R"("identity_type":"IMEI","identity_type_id":1,"identity":"1032547698103254")"));
    CHECK(has(notification(41041, "0105"), R"("seconds":3000)"));
    CHECK(has(notification(55501, "06050209010300"),
              R"("pdu_session":5,"qfis":[9,1],"default_child_sa":true)"));
    CHECK(has(notification(55502, "c0000201"), R"("address":"192.0.2.1")"));
}

TEST_CASE("bit rates, bearers and packet filters of 3GPP read as tshark reads them", "[render]") {
    // The elements as in NAS messages that tshark 4.0 was given.
    CHECK(has(notification(42094, "06fefe4abb0203"), R"("max_down_kbps":528000,"max_up_kbps":898000)"));
    CHECK(has(notification(42095, "06031000042000"), R"("max_down_kbps":16384000,"max_up_kbps":131072000)"));
    CHECK(has(
        notification(42014, "05093f4a40fe"),
        R"("qci":9,"max_up_kbps":63,"max_down_kbps":144,"guaranteed_up_kbps":64,"guaranteed_down_kbps":8640)"));
    CHECK(has(notification(42014, "0d093f4a40fe4a4a0000fa4a0000"),
              R"("max_up_kbps":10000000,"max_down_kbps":630000,"guaranteed_up_kbps":64)"));
    CHECK(has(
        notification(42015, "0a03001000200400010002"),
        R"("max_up_kbps":64000,"max_down_kbps":128000,"guaranteed_up_kbps":16000,"guaranteed_down_kbps":32000)"));
    const std::string_view filters = "122131010e10aabbccddffffffff3011501388";
    CHECK(has(notification(42017, filters), R"("operation":"create a template","operation_id":1)"));
    CHECK(has(notification(42017, filters), R"("filter":1,"direction":"both ways","precedence":1)"));
    CHECK(has(notification(42017, filters), R"("value":"170.187.204.221 mask 255.255.255.255")"));
    CHECK(has(notification(42017, filters), R"("type":"remote port","type_id":80,"value":"5000")"));
    CHECK(has(notification(41134, "09031f11f20411223344"), R"({"number":"112","services":["police")"));
    CHECK(has(notification(52216, "0362f210"), R"("mcc":"262","mnc":"01")"));
    for (std::size_t size = 0; size < filters.size(); size += 2) {
        for (const auto type : {41134u, 42014u, 42015u, 42017u, 42094u, 42095u, 51115u, 52216u})
            CHECK_FALSE(notification(type, filters.substr(0, size)).empty());
    }
}

TEST_CASE("an AUTH payload's signature algorithm has a name", "[render]") {
    const AuthPayload auth{AuthMethod::digital_signature,
                           {},
                           *from_hex("0c300a06082a8648ce3d040302"
                                     "00")};
    const auto text = json([&](Fields& fields) { describe_body(payload(auth), MessageContext{}, fields); });
    CHECK(has(text, R"("signature":"ecdsa-with-SHA256")"));
}

TEST_CASE("IKEv1's proposals are read to their attributes", "[render][ikev1]") {
    // From a main mode's first message: DOI IPSEC, one proposal, one transform.
    const auto octets = *from_hex(
        "00000001"
        "00000001"
        "00000028"
        "01010001"
        "00000020"
        "01010000"
        "80010007"
        "800e0100"
        "80020004"
        "80030001"
        "80040002"
        "800b0001");
    const auto text = json([&](Fields& fields) { describe_version1_sa(Reader{octets}, fields); });
    CHECK(has(text, R"("situation":"SIT_IDENTITY_ONLY")"));
    CHECK(has(text, R"("protocol":"PROTO_ISAKMP","protocol_id":1)"));
    CHECK(has(text, R"({"type":"Encryption Algorithm","type_id":1,"name":"AES-CBC","value":7})"));
    CHECK(has(text, R"({"type":"Key Length","type_id":14,"value":256})"));
    CHECK(has(text, R"("name":"SHA2-256","value":4)"));
    for (std::size_t size = 0; size < octets.size(); ++size)
        CHECK_FALSE(json([&](Fields& fields) {
                        describe_version1_sa(Reader{ByteView{octets}.first(size)}, fields);
                    }).empty());
}
