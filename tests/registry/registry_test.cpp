#include "libike/registry/registry.hpp"

#include "libike/registry/all.hpp"
#include "libike/registry/ike1.hpp"
#include "libike/registry/private_use.hpp"
#include "libike/registry/transform_id.hpp"
#include "tests/catch.hpp"

using namespace ike;

// Names are there while compiling, so that tables of ours can be checked by the compiler.
static_assert(name(NotifyType::cookie2) == "COOKIE2");
static_assert(name(ExchangeType{99}).empty());

TEST_CASE("every code point has a text, named or not", "[registry]") {
    CHECK(to_string(ExchangeType::ike_sa_init) == "IKE_SA_INIT");
    CHECK(to_string(ExchangeType{45}) == "UNASSIGNED (45)");
    CHECK(to_string(ExchangeType{1}) == "RESERVED (1)");
    CHECK(to_string(ExchangeType{240}) == "PRIVATE USE (240)");
    CHECK(to_string(NotifyType{65535}) == "PRIVATE USE (65535)");
    CHECK(to_string(ConfigAttribute{40000}) == "UNASSIGNED (40000)");
}

TEST_CASE("all 8-bit and 16-bit values of the open enums can be named without surprise", "[registry]") {
    for (unsigned number = 0; number <= 0xffff; ++number) {
        const auto type = static_cast<NotifyType>(number);
        const auto* entry = notify_types.find(type);
        REQUIRE((entry == nullptr) == name(type).empty());
        if (entry) REQUIRE(entry->value == type);
        REQUIRE_FALSE(to_string(type).empty());
    }
}

TEST_CASE("the first and the last row of a table are found", "[registry]") {
    for_each_registry([](std::string_view title, const auto& table) {
        INFO(title);
        CHECK(table.find(table.begin()->value) == &*table.begin());
        const auto last = table.begin() + static_cast<std::ptrdiff_t>(table.size() - 1);
        CHECK(table.find(last->value) == &*last);
    });
}

TEST_CASE("names are found whatever their case", "[registry]") {
    REQUIRE(find_code<NotifyType>("no_proposal_chosen"));
    CHECK(find_code<NotifyType>("no_proposal_chosen")->value == NotifyType::no_proposal_chosen);
    CHECK(find_code<EncrId>("encr_aes_gcm_16")->value == EncrId::aes_gcm_16);
    CHECK(find_code<KeId>("CURVE25519")->value == KeId::x25519);
    CHECK(find_code<NotifyType>("NO_SUCH_NAME") == nullptr);
    CHECK(find_code<NotifyType>("") == nullptr);
}

TEST_CASE("payload short names are the ones of the JSON output", "[registry]") {
    CHECK(name(PayloadType::nonce) == "Nonce");
    CHECK(name(PayloadType::delete_payload) == "Delete");
    CHECK(name(PayloadType::skf) == "SKF");
    CHECK(name_of(payload_type_notations, PayloadType::nonce) == "Ni, Nr");
    CHECK(name_of(payload_type_descriptions, PayloadType::sk) == "Encrypted and Authenticated");
}

TEST_CASE("errors are the notify types below 16384, private ones too", "[registry][rfc7296]") {
    CHECK(is_error(NotifyType::unacceptable_addresses));
    CHECK(is_error(NotifyType{16383}));
    CHECK_FALSE(is_error(NotifyType::initial_contact));
    CHECK_FALSE(is_error(NotifyType{40960}));
}

TEST_CASE("a transform's ID is named by the registry of its type", "[registry]") {
    CHECK(transform_id_name(TransformType::encr, 20) == "ENCR_AES_GCM_16");
    CHECK(transform_id_name(TransformType::prf, 5) == "PRF_HMAC_SHA2_256");
    CHECK(transform_id_name(TransformType::integ, 0) == "NONE");
    CHECK(transform_id_name(TransformType::ke, 36) == "ml-kem-768");
    CHECK(transform_id_name(TransformType::addke7, 36) == "ml-kem-768");
    CHECK(transform_id_name(TransformType::sn, 1) == "Partially Transmitted 64-bit Sequential Numbers");
    CHECK(transform_id_text(TransformType::encr, 1024) == "PRIVATE USE (1024)");
    CHECK(transform_id_text(TransformType{77}, 3) == "UNASSIGNED (3)");
    CHECK(find_transform_id(TransformType::addke1, "brainpoolP256r1") == std::uint16_t{28});
    CHECK_FALSE(find_transform_id(TransformType::encr, "PRF_HMAC_SHA1").has_value());
    CHECK_FALSE(find_transform_id(TransformType{0}, "NONE").has_value());
}

TEST_CASE("a private notify type names every vendor that uses the number", "[registry]") {
    CHECK(describe(NotifyType::cookie2) == "COOKIE2");
    CHECK(describe(NotifyType{42094}) == "PRIVATE USE (42094, 3GPP: APN_AMBR)");
    CHECK(describe(NotifyType{8192}) ==
          "PRIVATE USE (8192, 3GPP: PDN_CONNECTION_REJECTION, strongSwan: ME_CONNECT_FAILED)");
    CHECK(describe(NotifyType{41000}) == "PRIVATE USE (41000)");
    CHECK(describe(ConfigAttribute{23456}) == "PRIVATE USE (23456, MS-IKEE: INTERNAL_IP4_SERVER)");
}

TEST_CASE("private tables hold only numbers of the private ranges", "[registry]") {
    const auto check = [](const auto& table) {
        for (const auto& entry : table) {
            INFO(entry.name);
            CHECK(registry_of(entry.value).kind(entry.value) == RangeKind::private_use);
        }
    };
    check(notify_types_3gpp);
    check(notify_types_strongswan);
    check(notify_types_libreswan);
    check(private_config_attributes);
}

TEST_CASE("IKEv1 numbers are named by IKEv1's registries", "[registry][ike1]") {
    CHECK(to_string(ike1::ExchangeType::identity_protection) == "Identity Protection (Main Mode)");
    CHECK(to_string(ike1::ExchangeType{244}) == "AuthIP Quick Mode");
    CHECK(to_string(ike1::NotifyType{36136}) == "R-U-THERE");
    CHECK(to_string(ike1::PayloadType{20}) == "NAT-D");
    CHECK(to_string(ike1::Encryption{7}) == "AES-CBC");
    CHECK(to_string(ike1::EspTransform{12}) == "ESP_AES-CBC");
}
