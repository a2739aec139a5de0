#include "libike/sa/key_log.hpp"

#include "tests/catch.hpp"

using namespace ike;

namespace {

SecretBytes secret(std::string_view hexadecimal) {
    return SecretBytes{ByteView{from_hex(hexadecimal).value()}};
}

IkeKeyRecord ike_record() {
    IkeKeyRecord record;
    record.spi_i = 0x0123456789abcdef;
    record.spi_r = 0xfedcba9876543210;
    record.suite =
        ike_suite(parse_proposal(ProtocolId::ike, "aes256-sha256-prfsha384-x25519").value()).value();
    record.keys.d = secret("d0");
    record.keys.ai = secret("a0");
    record.keys.ar = secret("a1");
    record.keys.ei = secret("e0");
    record.keys.er = secret("e1");
    record.keys.pi = secret("b0");
    record.keys.pr = secret("b1");
    record.shared_secret = secret("55");
    record.nonce_i = {1};
    record.nonce_r = {2};
    return record;
}
EspKeyRecord esp_record(std::string_view proposal) {
    EspKeyRecord record;
    record.spi = 0xc1a9656b;
    record.source = *Address::parse("192.0.2.1");
    record.destination = *Address::parse("203.0.113.2");
    record.suite = esp_suite(parse_proposal(ProtocolId::esp, proposal).value()).value();
    SeededRng rng{1};
    record.encr_key =
        SecretBytes{ByteView{rng.bytes(encr_key_size(record.suite.encr, record.suite.key_bits))}};
    record.integ_key = SecretBytes{ByteView{rng.bytes(crypto::integ_key_size(record.suite.integ))}};
    return record;
}
template <class Record>
Record parsed(std::string_view line) {
    auto record = parse_key_line(line);
    REQUIRE(record);
    REQUIRE(*record);
    REQUIRE(std::holds_alternative<Record>(**record));
    return std::move(std::get<Record>(**record));
}
std::string refusal(std::string_view line) {
    const auto record = parse_key_line(line);
    return record ? "accepted" : record.error().what;
}

}  // namespace

TEST_CASE("our own key log line holds all of an IKE SA's keys and reads back", "[sa][keylog]") {
    const auto line = key_log_line(ike_record());
    CHECK(line ==
          "ike spi_i=0123456789abcdef spi_r=fedcba9876543210 suite=aes256-prfsha384-sha256-x25519 sk_d=d0 "
          "sk_ai=a0 sk_ar=a1 "
          "sk_ei=e0 sk_er=e1 sk_pi=b0 sk_pr=b1 shared=55 ni=01 nr=02");
    const auto record = parsed<IkeKeyRecord>(line);
    CHECK(key_log_line(record) == line);
    CHECK(record.suite == ike_record().suite);
}

TEST_CASE("our own key log line of a Child SA reads back", "[sa][keylog]") {
    for (const auto* proposal : {"aes128gcm16-esn", "aes256-sha256", "null-sha1", "3des-md5"}) {
        auto record = esp_record(proposal);
        record.ike_spi_i = 1;
        record.ike_spi_r = 2;
        const auto line = key_log_line(record);
        CHECK(line.starts_with("esp spi=c1a9656b src=192.0.2.1 dst=203.0.113.2 suite="));
        const auto again = parsed<EspKeyRecord>(line);
        CHECK(key_log_line(again) == line);
        CHECK(again.suite == record.suite);
        CHECK(again.ike_spi_r == 2);
    }
}

TEST_CASE("unknown keywords are passed over, wrong ones named", "[sa][keylog]") {
    CHECK(parsed<IkeKeyRecord>("ike spi_i=1 later=thing suite=aes128-sha1-prfsha1-modp1024").spi_i == 1);
    CHECK(refusal("ike spi_r=1 suite=aes128") == "key line: spi_i: expected an SPI");
    CHECK(refusal("ike spi_i=xyz").find("spi_i") != std::string::npos);
    CHECK(refusal("ike spi_i=1 suite=nothing").find("suite") != std::string::npos);
    CHECK(refusal("ike spi_i=1 suite=aes128-aes256").find("one transform of a type") != std::string::npos);
    CHECK(refusal("ike spi_i=1 suite=aes128 sk_d=0").find("sk_d") != std::string::npos);
    CHECK(refusal("esp spi=1 src=nowhere suite=aes128gcm16").find("src") != std::string::npos);
    CHECK(refusal("esp spi=1 word suite=aes128gcm16").find("keyword=value") != std::string::npos);
    CHECK(refusal("nonsense").find("expected") != std::string::npos);
}

TEST_CASE("blank lines and comments are no records", "[sa][keylog]") {
    for (const auto* line : {"", "  ", "\r\n", "# a remark", "   # another"}) {
        const auto record = parse_key_line(line);
        REQUIRE(record);
        CHECK_FALSE(*record);
    }
}

TEST_CASE("Wireshark's ikev2_decryption_table is written in its words and read", "[sa][keylog][wireshark]") {
    const auto line = wireshark_line(ike_record());
    REQUIRE(line);
    CHECK(*line ==
          "0123456789abcdef,fedcba9876543210,e0,e1,\"AES-CBC-256 [RFC3602]\",a0,a1,\"HMAC_SHA2_256_128 "
          "[RFC4868]\"");
    const auto record = parsed<IkeKeyRecord>(*line);
    CHECK(record.spi_r == 0xfedcba9876543210);
    CHECK(record.suite.encr == EncrId::aes_cbc);
    CHECK(record.suite.key_bits == 256);
    CHECK(record.suite.integ == IntegId::hmac_sha2_256_128);
    CHECK(equal(record.keys.er, Bytes{0xe1}));
    auto gcm = ike_record();
    gcm.suite = ike_suite(parse_proposal(ProtocolId::ike, "aes128gcm16-prfsha256-x25519").value()).value();
    gcm.keys.ai = {};
    gcm.keys.ar = {};
    CHECK(*wireshark_line(gcm) ==
          "0123456789abcdef,fedcba9876543210,e0,e1,\"AES-GCM-128 with 16 octet ICV [RFC5282]\",,,\"NONE "
          "[RFC4306]\"");
    CHECK(parsed<IkeKeyRecord>(*wireshark_line(gcm)).suite.encr == EncrId::aes_gcm_16);
    auto chacha = ike_record();
    chacha.suite.encr = EncrId::chacha20_poly1305;
    CHECK_FALSE(wireshark_line(chacha));
    // RFC 7296 section 3.1; our own log takes no such record either.
    CHECK(refusal(R"(0,fedcba9876543210,e0,e1,"NULL [RFC2410]",a0,a1,"HMAC_SHA2_256_128 [RFC4868]")")
              .find("initiator's SPI") != std::string::npos);
}

TEST_CASE("Wireshark's esp_sa is written with wildcard addresses and read", "[sa][keylog][wireshark]") {
    auto record = esp_record("aes128-sha256");
    record.encr_key = secret("00112233445566778899aabbccddeeff");
    record.integ_key = secret("0102");
    CHECK(*wireshark_line(record) ==
          "\"IPv4\",\"*\",\"*\",\"0xc1a9656b\",\"AES-CBC "
          "[RFC3602]\",\"0x00112233445566778899aabbccddeeff\",\"HMAC-SHA-256-128 "
          "[RFC4868]\",\"0x0102\"");
    for (const auto* proposal : {"aes128gcm16", "aes256gcm8", "aes256-sha512", "aes128ctr-sha1", "3des-md5",
                                 "null-sha256", "aes192-sha384"}) {
        INFO(proposal);
        const auto original = esp_record(proposal);
        const auto line = wireshark_line(original);
        REQUIRE(line);
        const auto again = parsed<EspKeyRecord>(*line);
        CHECK(again.suite.encr == original.suite.encr);
        CHECK(encr_key_size(again.suite.encr, again.suite.key_bits) == original.encr_key.size());
        CHECK(again.suite.integ == original.suite.integ);
        CHECK(equal(again.encr_key, original.encr_key));
        CHECK(equal(again.integ_key, original.integ_key));
        CHECK(again.spi == original.spi);
    }
    // What Wireshark cannot check it can step over.
    const auto xcbc = wireshark_line(esp_record("aes128-aesxcbc"));
    REQUIRE(xcbc);
    CHECK(xcbc->find("ANY 96 bit authentication [no checking]") != std::string::npos);
    CHECK(parsed<EspKeyRecord>(*xcbc).suite.unchecked_icv == 12);
    CHECK_FALSE(wireshark_line(esp_record("chacha20poly1305")));
}

TEST_CASE("rows of other Wireshark versions and of strongSwan's save-keys are read",
          "[sa][keylog][wireshark]") {
    const auto star = parsed<EspKeyRecord>(
        R"("IPv4","192.0.2.*","*","*","AES-GCM [RFC4106]","0x000102030405060708090a0b0c0d0e0f10111213","ANY 96 bit authentication [no checking]","")");
    CHECK(star.spi == 0);
    CHECK(star.suite.encr == EncrId::aes_gcm_12);
    const auto six = parsed<EspKeyRecord>(
        R"("IPv6","2001:db8::1","2001:db8::2","0xC0FFEE11","NULL","","HMAC-SHA-1-96 [RFC2404]","0x0102030405060708090a0b0c0d0e0f1011121314","64-bit","")");
    CHECK(six.suite.esn);
    CHECK(to_string(six.source) == "2001:db8::1");
    const auto characters =
        parsed<EspKeyRecord>(R"("IPv4","*","*","0x1","AES-CBC [RFC3602]","sixteen octets!!","NULL","")");
    CHECK(characters.suite.key_bits == 128);
    CHECK(refusal(R"("IPv4","*","*","0x1","AES-CBC [RFC3602]","0xzz","NULL","")").find("esp_sa") !=
          std::string::npos);
    CHECK(refusal(R"("IPv4","*","*","here","AES-CBC [RFC3602]","0x00","NULL","")").find("SPI") !=
          std::string::npos);
    CHECK(refusal(R"("IPv4","*","*","0x1","ROT13","0x00","NULL","")").find("encryption") !=
          std::string::npos);
    CHECK(refusal("1,2,3,4,5,6,7,8") != "accepted");
}
