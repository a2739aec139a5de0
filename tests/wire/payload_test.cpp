// Each payload by hand: octets laid out after the figure in the RFC, the values they mean, and back.
#include "libike/registry/encr_id.hpp"
#include "libike/wire/message.hpp"
#include "tests/catch.hpp"

using namespace ike;

namespace {

Bytes octets(std::string_view text) { return from_hex(text).value(); }

/// The body that `text` is read to; fails the test unless it is written back as `text`.
template <class Body>
Body body(PayloadType type, std::string_view text, PayloadType next = PayloadType::none) {
    const auto in = octets(text);
    const auto read = parse_body(type, next, Reader{in, 32});
    if (!read) FAIL(to_string(read.error()));
    REQUIRE(std::holds_alternative<Body>(*read));
    Writer out;
    write_body(*read, out);
    CHECK(hex(out.view()) == hex(in));
    return std::get<Body>(*read);
}

}  // namespace

TEST_CASE("an SA payload is proposals with transforms with attributes", "[wire][rfc7296]") {
    const auto sa =
        body<SaPayload>(PayloadType::sa,
                        "02000024 01030402 c1c2c3c4"  // figure 7: more follow; 36; #1, ESP, SPI, 2
                        "0300000c 0100000c 800e0080"  // figure 8: more follow; 12; ENCR, AES-CBC; 128
                        "0000000c 0300000c 800e0100"  // last
                        "00000010 02030001"           // last; 16; #2, ESP, no SPI, 1
                        "00000008 0100001c");
    REQUIRE(sa.proposals.size() == 2);
    const auto& first = sa.proposals[0];
    CHECK(first.number == 1);
    CHECK(first.protocol == ProtocolId::esp);
    CHECK(hex(first.spi) == "c1c2c3c4");
    REQUIRE(first.transforms.size() == 2);
    CHECK(first.transforms[0] == Transform::with_key_length(TransformType::encr, 12, 128));
    CHECK(first.transforms[1].type == TransformType::integ);
    CHECK(first.transforms[1].key_length() == 256);
    CHECK_FALSE(first.last);
    CHECK_FALSE(first.transform_count);
    const auto& second = sa.proposals[1];
    CHECK(second.number == 2);
    CHECK(second.spi.empty());
    REQUIRE(second.transforms.size() == 1);
    CHECK(second.transforms[0].id == static_cast<std::uint16_t>(EncrId::chacha20_poly1305));
    CHECK_FALSE(second.transforms[0].key_length());
}

TEST_CASE("a transform attribute is TV or TLV by its first bit", "[wire][rfc7296]") {
    const auto sa = body<SaPayload>(PayloadType::sa,
                                    "00000020 01010001"
                                    "00000018 01000014 800e0100 40010003 010203 7fff0001 09");
    const auto& attributes = sa.proposals.at(0).transforms.at(0).attributes;
    REQUIRE(attributes.size() == 3);
    CHECK(attributes[0] == Attribute{AttributeType::key_length, true, 256, {}});
    CHECK(attributes[1] == Attribute{static_cast<AttributeType>(0x4001), false, 0, {1, 2, 3}});
    CHECK(attributes[2] == Attribute{static_cast<AttributeType>(0x7fff), false, 0, {9}});
}

TEST_CASE("a KE payload is a group and a public value", "[wire][rfc7296]") {
    const auto ke = body<KePayload>(PayloadType::ke, "001f 0000 a0a1a2a3");  // figure 10
    CHECK(ke.group == KeId::x25519);
    CHECK(hex(ke.data) == "a0a1a2a3");
}

TEST_CASE("an ID payload is a type and data, for both sides", "[wire][rfc7296]") {
    const auto type = GENERATE(PayloadType::idi, PayloadType::idr);
    const auto id = body<IdPayload>(type, "02000000 67772e6578616d706c65");  // figure 11
    CHECK(id.type == IdType::fqdn);
    CHECK(id.data == to_bytes(std::string_view{"gw.example"}));
}

TEST_CASE("CERT and CERTREQ are an encoding and data", "[wire][rfc7296]") {
    const auto cert = body<CertPayload>(PayloadType::cert, "04 3003020101");  // figure 12
    CHECK(cert.encoding == CertEncoding::x509_signature);
    CHECK(hex(cert.data) == "3003020101");
    const auto request =  // figure 13
        body<CertReqPayload>(PayloadType::certreq, "04 000102030405060708090a0b0c0d0e0f10111213");
    CHECK(request.authority.size() == 20);
}

TEST_CASE("an AUTH payload is a method and data", "[wire][rfc7296]") {
    const auto auth = body<AuthPayload>(PayloadType::auth, "02000000 d0d1d2d3d4d5d6d7");  // figure 14
    CHECK(auth.method == AuthMethod::shared_key_mic);
    CHECK(hex(auth.data) == "d0d1d2d3d4d5d6d7");
}

TEST_CASE("Nonce, Vendor ID and EAP are all data", "[wire][rfc7296]") {
    CHECK(body<NoncePayload>(PayloadType::nonce, "e0e1e2e3").data.size() == 4);
    CHECK(body<VendorIdPayload>(PayloadType::vendor_id, "737472").data == to_bytes(std::string_view{"str"}));
    CHECK(hex(body<EapPayload>(PayloadType::eap, "010100050d").message) == "010100050d");
}

TEST_CASE("a Notify payload is a protocol, a type, an SPI and data", "[wire][rfc7296]") {
    const auto rekey = body<Notify>(PayloadType::notify, "03044009 c1c2c3c4");  // figure 16
    CHECK(rekey.protocol == ProtocolId::esp);
    CHECK(rekey.type == NotifyType::rekey_sa);
    CHECK(hex(rekey.spi) == "c1c2c3c4");
    CHECK(rekey.data.empty());
    const auto cookie = body<Notify>(PayloadType::notify, "00004006 aabb");
    CHECK(cookie.type == NotifyType::cookie);
    CHECK(hex(cookie.data) == "aabb");
}

TEST_CASE("a Delete payload is a protocol and SPIs", "[wire][rfc7296]") {
    const auto children =
        body<DeletePayload>(PayloadType::delete_payload, "03040002 01020304 05060708");  // figure 17
    CHECK(children.protocol == ProtocolId::esp);
    CHECK(children.count == 2);
    REQUIRE(children.spis.size() == 2);
    CHECK(hex(children.spis[1]) == "05060708");
    const auto ike_sa = body<DeletePayload>(PayloadType::delete_payload, "01000000");
    CHECK(ike_sa.protocol == ProtocolId::ike);
    CHECK(ike_sa.spis.empty());
}

TEST_CASE("a TS payload is address ranges with ports, for both sides", "[wire][rfc7296]") {
    const auto type = GENERATE(PayloadType::tsi, PayloadType::tsr);
    const auto ts = body<TsPayload>(type,
                                    "02000000"                              // figure 19
                                    "07110010 01f4 1194 c0000200 c00002ff"  // figure 20
                                    "08000028 0000 ffff 20010db8000000000000000000000000"
                                    "20010db8ffffffffffffffffffffffff");
    CHECK_FALSE(ts.count);
    REQUIRE(ts.selectors.size() == 2);
    CHECK(ts.selectors[0].type == TsType::ipv4_addr_range);
    CHECK(ts.selectors[0].protocol == 17);
    CHECK(ts.selectors[0].start_port == 500);
    CHECK(ts.selectors[0].end_port == 4500);
    CHECK(to_string(ts.selectors[0].start) == "192.0.2.0");
    CHECK(to_string(ts.selectors[0].end) == "192.0.2.255");
    CHECK(ts.selectors[1].protocol == 0);
    CHECK(ts.selectors[1].end_port == 65535);
    CHECK(to_string(ts.selectors[1].start) == "2001:db8::");
}

TEST_CASE("a traffic selector that is no address range is kept as it is", "[wire][rfc9478]") {
    const auto ts = body<TsPayload>(PayloadType::tsi, "01000000 0a00000a 73656372 6574");  // TS_SECLABEL
    CHECK(ts.selectors.at(0).type == TsType::seclabel);
    CHECK(ts.selectors.at(0).opaque == to_bytes(std::string_view{"secret"}));
}

TEST_CASE("a CP payload is a type and attributes", "[wire][rfc7296]") {
    const auto cp = body<CpPayload>(PayloadType::cp, "02000000 00010004 0a620001 80030000 00190003 646e73");
    CHECK(cp.type == ConfigType::cfg_reply);  // figures 22 and 23
    REQUIRE(cp.attributes.size() == 3);
    CHECK(cp.attributes[0] ==
          ConfigurationAttribute{false, ConfigAttribute::internal_ip4_address, {0x0a, 0x62, 0x00, 0x01}});
    CHECK(cp.attributes[1] == ConfigurationAttribute{true, ConfigAttribute::internal_ip4_dns, {}});
    CHECK(cp.attributes[2].type == ConfigAttribute::internal_dns_domain);
}

TEST_CASE("SK and SKF keep what they hold and the type of what is inside", "[wire][rfc7296][rfc7383]") {
    const auto sk = body<SkPayload>(PayloadType::sk, "f0f1f2f3", PayloadType::idi);
    CHECK(sk.first == PayloadType::idi);
    CHECK(sk.data.size() == 4);
    const auto skf = body<SkfPayload>(PayloadType::skf, "0002 0003 f0f1", PayloadType::none);
    CHECK(skf.first == PayloadType::none);
    CHECK(skf.number == 2);
    CHECK(skf.total == 3);
    CHECK(hex(skf.data) == "f0f1");
}

TEST_CASE("a payload without an arm is kept octet for octet", "[wire]") {
    const auto type =
        GENERATE(PayloadType{1}, PayloadType::gspm, PayloadType::ps, PayloadType{128}, PayloadType{255});
    CHECK(hex(body<Opaque>(type, "00ff10").data) == "00ff10");
    CHECK(body<Opaque>(type, "").data.empty());
}

TEST_CASE("a payload made from a body has the type of the body", "[wire]") {
    CHECK(payload(SaPayload{}).type == PayloadType::sa);
    CHECK(payload(KePayload{}).type == PayloadType::ke);
    CHECK(payload(NoncePayload{}).type == PayloadType::nonce);
    CHECK(payload(AuthPayload{}).type == PayloadType::auth);
    CHECK(payload(CertPayload{}).type == PayloadType::cert);
    CHECK(payload(CertReqPayload{}).type == PayloadType::certreq);
    CHECK(payload(Notify{}).type == PayloadType::notify);
    CHECK(payload(DeletePayload{}).type == PayloadType::delete_payload);
    CHECK(payload(VendorIdPayload{}).type == PayloadType::vendor_id);
    CHECK(payload(CpPayload{}).type == PayloadType::cp);
    CHECK(payload(EapPayload{}).type == PayloadType::eap);
    CHECK(payload(PayloadType::tsr, TsPayload{}).type == PayloadType::tsr);
    const auto made = notify(NotifyType::cookie, {1, 2});
    CHECK(std::get<Notify>(made.body) == Notify{ProtocolId::none, NotifyType::cookie, {}, {1, 2}});
}
