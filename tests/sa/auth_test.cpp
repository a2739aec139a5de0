#include "libike/sa/auth.hpp"

#include "libike/sa/distinguished_name.hpp"
#include "libike/sa/notify_data.hpp"
#include "tests/catch.hpp"
#include "tests/pki_files.hpp"

using namespace ike;

namespace {

Identity identity(std::string_view text) { return Identity::parse(text).value(); }

}  // namespace

TEST_CASE("identities are read as strongSwan reads them, and written so that they are read again",
          "[sa][rfc7296]") {
    struct Row {
        const char* text;
        IdType type;
        const char* data;
        const char* again;
    };
    const Row rows[] = {
        {"192.0.2.1", IdType::ipv4_addr, "c0000201", "192.0.2.1"},
        {"2001:db8::1", IdType::ipv6_addr, "20010db8000000000000000000000001", "2001:db8::1"},
        {"gw.example", IdType::fqdn, "67772e6578616d706c65", "gw.example"},
        {"@gw.example", IdType::fqdn, "67772e6578616d706c65", "gw.example"},
        {"a@b", IdType::rfc822_addr, "614062", "a@b"},
        {"@@a", IdType::rfc822_addr, "61", "email:a"},
        {"@#0102", IdType::key_id, "0102", "@#0102"},
        {"keyid:abc", IdType::key_id, "616263", "@#616263"},
        {"fqdn:192.0.2.1", IdType::fqdn, "3139322e302e322e31", "fqdn:192.0.2.1"},
        {"email:gw", IdType::rfc822_addr, "6777", "email:gw"},
        {"%null", IdType::null, "", "%null"},
        {"fqdn:%null", IdType::fqdn, "256e756c6c", "fqdn:%null"},
        {"CN=x", IdType::der_asn1_dn, "300c310a300806035504030c0178", "CN=x"},
    };
    for (const auto& row : rows) {
        INFO(row.text);
        const auto parsed = Identity::parse(row.text);
        REQUIRE(parsed);
        CHECK(parsed->type == row.type);
        if (row.type != IdType::der_asn1_dn) CHECK(hex(parsed->data) == row.data);
        CHECK(to_string(*parsed) == row.again);
        CHECK(identity(to_string(*parsed)) == *parsed);
        CHECK(Identity::from(parsed->payload()) == *parsed);
    }
}

TEST_CASE("identities that are none are refused, and a stranger's cannot steer a terminal", "[sa]") {
    for (const auto* text :
         {"", "%any", "%any6", "ipv4:gw", "ipv6:192.0.2.1", "@#xyz", "keyid:", "fqdn:", "=x"}) {
        INFO(text);
        CHECK_FALSE(Identity::parse(text));
    }
    const Identity hostile{IdType::fqdn, to_bytes(std::string_view{"a\x1b[2J\n\xff"})};
    CHECK(to_string(hostile).find('\x1b') == std::string::npos);
    CHECK(to_string(hostile).find('\n') == std::string::npos);
    CHECK(to_string(Identity{IdType::ipv4_addr, Bytes(3)}).find("000000") != std::string::npos);
    CHECK_FALSE(to_string(Identity{static_cast<IdType>(200), {}}).empty());
}

TEST_CASE("a certificate certifies its subject, its alternative names and its key, and no others",
          "[sa][rfc4945]") {
    const auto certificate = pki_certificate("p256");
    for (const auto* text : {"p256.example", "P256.EXAMPLE", "p256@example.org", "192.0.2.1", "2001:db8::1",
                             "C=CH, O=Example, CN=p256.example"}) {
        INFO(text);
        CHECK(certifies(certificate, identity(text)));
    }
    for (const auto* text : {"other.example", "example", "p256@example.com", "192.0.2.2", "CN=p256.example",
                             "C=CH, O=Example, CN=other", "@#0102"}) {
        INFO(text);
        CHECK_FALSE(certifies(certificate, identity(text)));
    }
    CHECK(certifies(certificate, Identity{IdType::key_id, to_bytes(certificate.key_hash())}));
    CHECK_FALSE(certifies(certificate, Identity{static_cast<IdType>(200), {}}));
}

TEST_CASE("a name as text is the name in a certificate", "[sa][rfc5280]") {
    const auto certificate = pki_certificate("p384");
    const auto der = dn_from_text(certificate.subject());
    REQUIRE(der);
    CHECK(is_same_dn(*der, certificate.subject_der()));
    CHECK(dn_text(certificate.subject_der()) == certificate.subject());
    CHECK(is_same_dn(dn_from_text("/C=CH/O=example/CN=P384.example").value(), certificate.subject_der()));
    CHECK_FALSE(
        is_same_dn(dn_from_text("O=Example, C=CH, CN=p384.example").value(), certificate.subject_der()));
    CHECK_FALSE(is_same_dn({}, certificate.subject_der()));
    for (std::size_t size = 0; size < certificate.subject_der().size(); ++size) {
        CHECK(dn_text(certificate.subject_der().first(size)).starts_with("#"));
    }
}

TEST_CASE("AUTH of a shared secret is prf(prf(secret, pad), signed octets)", "[sa][rfc7296]") {
    const auto message = to_bytes(std::string_view{"message 1"}), nonce = Bytes(32, 2), key = Bytes(32, 3);
    const auto body = id_body(identity("a@b").payload());
    CHECK(hex(body) == "03000000614062");
    SignedOctets octets{message, nonce, body, key, {}, PrfId::hmac_sha2_256};
    const auto maced_id = crypto::prf(PrfId::hmac_sha2_256, key, body);
    CHECK(octets.join() == concat(message, nonce, maced_id.view()));
    const auto secret = to_bytes(std::string_view{"secret"});
    const auto padded =
        crypto::prf(PrfId::hmac_sha2_256, secret, to_bytes(std::string_view{"Key Pad for IKEv2"}));
    const auto expected = crypto::prf(PrfId::hmac_sha2_256, padded, octets.join());
    CHECK(equal(psk_auth(PrfId::hmac_sha2_256, secret, octets), expected));
    // RFC 9242 section 3.3.2: IntAuth comes last.
    const auto between = Bytes(68, 7);
    octets.intermediate = between;
    CHECK(octets.join() == concat(message, nonce, maced_id.view(), between));
}

TEST_CASE("NAT detection hashes are SHA-1 of SPIs, address and port", "[sa][rfc7296]") {
    // printf '\x11..' | sha1sum over 8 + 8 + 4 + 2 and 8 + 8 + 16 + 2 octets.
    CHECK(hex(nat_detection_hash(0x1122334455667788, 0x99aabbccddeeff00, *parse_endpoint("192.0.2.1:500"))) ==
          "c31e70110fc425fd1cdd03aa08eef6ef77e1d848");
    CHECK(hex(nat_detection_hash(0x1122334455667788, 0, *parse_endpoint("[2001:db8::1]:4500"))) ==
          "aeeab207ef09a9839358bb9e806ea2dbb3fbf04e");
}

TEST_CASE("notify data is read strictly and written back", "[sa][rfc4555][rfc7427]") {
    for (const auto* text : {"192.0.2.1", "2001:db8::1"}) {
        const auto address = *Address::parse(text);
        const auto payload = additional_address(address);
        auto notify = std::get<Notify>(payload.body);
        CHECK(additional_address(notify) == address);
        notify.data.push_back(0);
        CHECK_FALSE(additional_address(notify));
    }
    const auto source = *parse_endpoint("192.0.2.1:500"), destination = *parse_endpoint("203.0.113.1:4500");
    auto none = std::get<Notify>(no_nats_allowed(source, destination).body);
    const auto read = no_nats_allowed(none);
    REQUIRE(read);
    CHECK(read->source == source);
    CHECK(read->destination == destination);
    CHECK(hex(none.data) == "c0000201cb00710101f41194");
    none.data.pop_back();
    CHECK_FALSE(no_nats_allowed(none));
    Notify group;
    group.data = {0, 31};
    CHECK(wanted_group(group) == KeId::x25519);
    group.data = {0, 31, 0};
    CHECK_FALSE(wanted_group(group));
    Notify hashes;
    hashes.data = {0, 2, 0, 5};
    CHECK(signature_hash_values(hashes) == std::vector<std::uint16_t>{2, 5});
    hashes.data.push_back(0);
    CHECK(signature_hash_values(hashes).empty());
}
