// Project Wycheproof's files, where IKE_CORPUS names a folder with them. A file that nothing here reads, or
// of which no case runs, is a failure.
#include "libike/crypto/crypto.hpp"
#include "libike/crypto/pki.hpp"
#include "tests/catch.hpp"
#include "tests/crypto/corpus.hpp"

using namespace ike;
using namespace ike::crypto;
using corpus::Case;

namespace {

bool mac(PrfId id, const Case& test) {
    const auto key = test["key"], tag = test["tag"];
    // As a PRF, CMAC replaces keys of other lengths (RFC 4615).
    if (id == PrfId::aes128_cmac && key.size() != 16) return false;
    const auto made = prf(id, key, test["msg"]);
    CHECK(equal(made.view().first(tag.size()), tag) == test.valid());
    return true;
}

/// `salt` octets of the nonce belong to the key.
bool aead(EncrId id, std::size_t salt, const Case& test) {
    const auto nonce = test["iv"];
    const auto key = concat(test["key"], ByteView{nonce}.first(std::min(salt, nonce.size())));
    const auto shape = cipher_shape(id, test.size("keySize"));
    if (!shape || nonce.size() != salt + 8 || test.size("tagSize") != 8 * shape->icv) return false;
    const auto iv = ByteView{nonce}.subspan(salt);
    auto cipher = Cipher::create(id, test.size("keySize"), key);
    REQUIRE(cipher);
    auto data = test["ct"];
    const auto tag = test["tag"], aad = test["aad"], text = test["msg"];
    CHECK(cipher->open(iv, aad, data, tag) == test.valid());
    if (!test.valid()) return true;
    CHECK(data == text);
    Bytes made(tag.size());
    cipher->seal(iv, aad, data, made);
    CHECK(data == test["ct"]);
    CHECK(made == tag);
    return true;
}

bool gmac(const Case& test) {
    const auto nonce = test["iv"];
    if (nonce.size() != 12 || test.size("tagSize") != 128) return false;
    auto cipher = Cipher::create(EncrId::null_auth_aes_gmac, test.size("keySize"),
                                 concat(test["key"], ByteView{nonce}.first(4)));
    REQUIRE(cipher);
    auto text = test["msg"];
    CHECK(cipher->open(ByteView{nonce}.subspan(4), {}, text, test["tag"]) == test.valid());
    return true;
}

/// Padding is the payload's business here, so that only valid cases have something to say.
bool cbc(EncrId id, const Case& test) {
    if (!test.valid()) return false;
    auto cipher = Cipher::create(id, test.size("keySize"), test["key"]);
    REQUIRE(cipher);
    auto data = test["ct"];
    cipher->decrypt(test["iv"], data);
    REQUIRE_FALSE(data.empty());
    REQUIRE(data.back() <= data.size());
    data.resize(data.size() - data.back());
    CHECK(data == test["msg"]);
    return true;
}

void judge_agreement(KeId id, const Case& test, ByteView value) {
    const auto key = KeyExchange::from_private(id, test["private"]);
    if (!key) {
        CHECK_FALSE(test.valid());
        return;
    }
    const auto secret = key->agree(value);
    if (secret) {
        CHECK_FALSE(test.invalid());
        CHECK(equal(*secret, test["shared"]));
    } else {
        CHECK_FALSE(test.valid());
    }
}

bool xdh(KeId id, const Case& test) {
    judge_agreement(id, test, test["public"]);
    return true;
}

/// `head`: DER before an uncompressed point of this curve; keys in any other form are not ours to read.
bool ecdh(KeId id, std::string_view head, const Case& test) {
    auto value = test["public"];
    if (test.word("encoding") == "asn") {
        const auto before = from_hex(head).value();
        if (value.size() < before.size() || !equal(ByteView{value}.first(before.size()), before))
            return false;
        value.erase(value.begin(), value.begin() + static_cast<std::ptrdiff_t>(before.size()));
    }
    const bool is_point = !value.empty() && value[0] == 4;
    judge_agreement(id, test, is_point ? ByteView{value}.subspan(1) : ByteView{value});
    return true;
}

Hash hash_named(const std::string& name) {
    return name == "SHA-1"     ? Hash::sha1
           : name == "SHA-256" ? Hash::sha2_256
           : name == "SHA-384" ? Hash::sha2_384
                               : Hash::sha2_512;
}
bool is_known(const std::string& hash) {
    return hash == "SHA-1" || hash == "SHA-256" || hash == "SHA-384" || hash == "SHA-512";
}

void judge_signature(const Case& test, AuthMethod method, ByteView auth_data) {
    const auto message = test["msg"];
    const ByteView parts[] = {message};
    const bool accepted =
        verify(corpus::octets(test.group, "publicKeyDer"), method, auth_data, parts).has_value();
    if (test.valid()) CHECK(accepted);
    if (test.invalid()) CHECK_FALSE(accepted);
}
void judge_digital_signature(const Case& test, ByteView algorithm) {
    judge_signature(test, AuthMethod::digital_signature,
                    concat(Bytes{static_cast<std::uint8_t>(algorithm.size())}, algorithm, test["sig"]));
}

bool ecdsa(const Case& test) {
    const std::map<Hash, const char*> algorithms{{Hash::sha2_256, "300a06082a8648ce3d040302"},
                                                 {Hash::sha2_384, "300a06082a8648ce3d040303"},
                                                 {Hash::sha2_512, "300a06082a8648ce3d040304"}};
    judge_digital_signature(test, from_hex(algorithms.at(hash_named(test.word("sha")))).value());
    return true;
}
bool ecdsa_method(AuthMethod method, const Case& test) {
    judge_signature(test, method, test["sig"]);
    return true;
}
bool eddsa(std::string_view algorithm, const Case& test) {
    judge_digital_signature(test, from_hex(algorithm).value());
    return true;
}
bool rsa(const Case& test) {
    const std::map<Hash, const char*> algorithms{{Hash::sha2_256, "300d06092a864886f70d01010b0500"},
                                                 {Hash::sha2_384, "300d06092a864886f70d01010c0500"},
                                                 {Hash::sha2_512, "300d06092a864886f70d01010d0500"}};
    const auto hash = hash_named(test.word("sha"));
    judge_digital_signature(test, from_hex(algorithms.at(hash)).value());
    // Method 1 carries the bare signature and says nothing of the hash: what is wrong here may be right with
    // another.
    if (test.valid()) judge_signature(test, AuthMethod::rsa_digital_signature, test["sig"]);
    return true;
}

Bytes tagged(std::uint8_t tag, ByteView content) {
    return concat(Bytes{tag, static_cast<std::uint8_t>(content.size())}, content);
}
Bytes hash_identifier(const std::string& name) {
    const std::map<Hash, const char*> all{{Hash::sha1, "300906052b0e03021a0500"},
                                          {Hash::sha2_256, "300d06096086480165030402010500"},
                                          {Hash::sha2_384, "300d06096086480165030402020500"},
                                          {Hash::sha2_512, "300d06096086480165030402030500"}};
    return from_hex(all.at(hash_named(name))).value();
}
bool pss(const Case& test) {
    if (!is_known(test.word("sha")) || !is_known(test.word("mgfSha"))) return false;
    const auto salt = static_cast<std::uint8_t>(test.size("sLen"));
    if (test.size("sLen") > 127) return false;
    const auto mask =
        concat(from_hex("06092a864886f70d010108").value(), hash_identifier(test.word("mgfSha")));
    const auto parameters = concat(tagged(0xa0, hash_identifier(test.word("sha"))),
                                   tagged(0xa1, tagged(0x30, mask)), tagged(0xa2, Bytes{2, 1, salt}));
    const auto algorithm =
        tagged(0x30, concat(from_hex("06092a864886f70d01010a").value(), tagged(0x30, parameters)));
    judge_digital_signature(test, algorithm);
    return true;
}

/// Hands out octets that a test knows.
class Scripted final : public Rng {
public:
    explicit Scripted(Bytes octets) : octets_{std::move(octets)} {}
    void fill(MutableBytes out) override {
        REQUIRE(out.size() == octets_.size());
        std::ranges::copy(octets_, out.begin());
    }

private:
    Bytes octets_;
};

bool ml_kem_encapsulation(KeId id, const Case& test) {
    if (!supported(id)) return false;
    Scripted rng{test["m"]};
    const auto answer = KeyExchange::respond(id, test["ek"], rng);
    CHECK(answer.has_value() == test.valid());
    if (!answer || !test.valid()) return true;
    CHECK(answer->public_value == test["c"]);
    CHECK(equal(answer->shared_secret, test["K"]));
    return true;
}
bool ml_kem_key(KeId id, const Case& test) {
    if (!supported(id)) return false;
    const auto key = KeyExchange::from_private(id, test["seed"]);
    CHECK(key.has_value() == test.valid());
    if (key) CHECK(equal(key->public_value(), test["ek"]));
    return true;
}
bool ml_kem(KeId id, const Case& test) {
    if (!supported(id)) return false;
    const auto key = KeyExchange::from_private(id, test["seed"]);
    if (!key) {
        CHECK_FALSE(test.valid());
        return true;
    }
    const auto secret = key->agree(test["c"]);
    CHECK(secret.has_value() == test.valid());
    if (secret && test.valid()) CHECK(equal(*secret, test["K"]));
    return true;
}

template <auto run, class... Fixed>
corpus::Runner with(Fixed... fixed) {
    return [=](const Case& test) { return run(fixed..., test); };
}

const std::map<std::string, corpus::Runner>& runners() {
    constexpr const char* p256 = "3059301306072a8648ce3d020106082a8648ce3d030107034200";
    constexpr const char* p384 = "3076301006072a8648ce3d020106052b81040022036200";
    constexpr const char* p521 = "30819b301006072a8648ce3d020106052b8104002303818600";
    constexpr const char* b224 = "3052301406072a8648ce3d020106092b2403030208010105033a00";
    constexpr const char* b256 = "305a301406072a8648ce3d020106092b2403030208010107034200";
    constexpr const char* b384 = "307a301406072a8648ce3d020106092b240303020801010b036200";
    constexpr const char* b512 = "30819b301406072a8648ce3d020106092b240303020801010d03818200";
    static const std::map<std::string, corpus::Runner> all{
        {"hmac_sha1_test", with<mac>(PrfId::hmac_sha1)},
        {"hmac_sha256_test", with<mac>(PrfId::hmac_sha2_256)},
        {"hmac_sha384_test", with<mac>(PrfId::hmac_sha2_384)},
        {"hmac_sha512_test", with<mac>(PrfId::hmac_sha2_512)},
        {"aes_cmac_test", with<mac>(PrfId::aes128_cmac)},
        {"aes_gcm_test", with<aead>(EncrId::aes_gcm_16, std::size_t{4})},
        {"aes_ccm_test", with<aead>(EncrId::aes_ccm_16, std::size_t{3})},
        {"camellia_ccm_test", with<aead>(EncrId::camellia_ccm_16, std::size_t{3})},
        {"chacha20_poly1305_test", with<aead>(EncrId::chacha20_poly1305, std::size_t{4})},
        {"aes_gmac_test", with<gmac>()},
        {"aes_cbc_pkcs5_test", with<cbc>(EncrId::aes_cbc)},
        {"camellia_cbc_pkcs5_test", with<cbc>(EncrId::camellia_cbc)},
        {"x25519_test", with<xdh>(KeId::x25519)},
        {"x448_test", with<xdh>(KeId::x448)},
        {"ecdh_secp256r1_test", with<ecdh>(KeId::ecp_256, p256)},
        {"ecdh_secp384r1_test", with<ecdh>(KeId::ecp_384, p384)},
        {"ecdh_secp521r1_test", with<ecdh>(KeId::ecp_521, p521)},
        {"ecdh_secp256r1_ecpoint_test", with<ecdh>(KeId::ecp_256, p256)},
        {"ecdh_secp384r1_ecpoint_test", with<ecdh>(KeId::ecp_384, p384)},
        {"ecdh_secp521r1_ecpoint_test", with<ecdh>(KeId::ecp_521, p521)},
        {"ecdh_brainpoolP224r1_test", with<ecdh>(KeId::brainpool_p224, b224)},
        {"ecdh_brainpoolP256r1_test", with<ecdh>(KeId::brainpool_p256, b256)},
        {"ecdh_brainpoolP384r1_test", with<ecdh>(KeId::brainpool_p384, b384)},
        {"ecdh_brainpoolP512r1_test", with<ecdh>(KeId::brainpool_p512, b512)},
        {"ecdsa_secp256r1_sha256_p1363_test", with<ecdsa_method>(AuthMethod::ecdsa_sha256_p256)},
        {"ecdsa_secp384r1_sha384_p1363_test", with<ecdsa_method>(AuthMethod::ecdsa_sha384_p384)},
        {"ecdsa_secp521r1_sha512_p1363_test", with<ecdsa_method>(AuthMethod::ecdsa_sha512_p521)},
        {"ed25519_test", with<eddsa>("300506032b6570")},
        {"ed448_test", with<eddsa>("300506032b6571")},
        {"mlkem_512_test", with<ml_kem>(KeId::ml_kem_512)},
        {"mlkem_768_test", with<ml_kem>(KeId::ml_kem_768)},
        {"mlkem_1024_test", with<ml_kem>(KeId::ml_kem_1024)},
        {"mlkem_512_keygen_seed_test", with<ml_kem_key>(KeId::ml_kem_512)},
        {"mlkem_768_keygen_seed_test", with<ml_kem_key>(KeId::ml_kem_768)},
        {"mlkem_1024_keygen_seed_test", with<ml_kem_key>(KeId::ml_kem_1024)},
        {"mlkem_512_encaps_test", with<ml_kem_encapsulation>(KeId::ml_kem_512)},
        {"mlkem_768_encaps_test", with<ml_kem_encapsulation>(KeId::ml_kem_768)},
        {"mlkem_1024_encaps_test", with<ml_kem_encapsulation>(KeId::ml_kem_1024)},
    };
    return all;
}

corpus::Runner runner(const std::string& name) {
    if (const auto found = runners().find(name); found != runners().end()) return found->second;
    if (name.starts_with("ecdsa_")) return with<ecdsa>();
    if (name.starts_with("rsa_signature_")) return with<rsa>();
    if (name.starts_with("rsa_pss_")) return with<pss>();
    return {};
}

/// What has no counterpart here: no number of ours is tested for being prime, and an ML-KEM private key is
/// always a seed.
bool is_not_ours(const std::string& name) {
    return name == "primality_test" || name.ends_with("semi_expanded_decaps_test");
}

}  // namespace

TEST_CASE("Wycheproof's cases are judged as it judges them", "[crypto][corpus]") {
    const auto folder = corpus::folder("wycheproof");
    if (!folder) {
        WARN("IKE_CORPUS is not set: Wycheproof's files are not read");
        return;
    }
    unsigned files = 0;
    for (const auto& entry : std::filesystem::directory_iterator{*folder}) {
        if (entry.path().extension() != ".json") continue;
        const auto name = entry.path().stem().string();
        if (is_not_ours(name)) continue;
        INFO(name);
        const auto run = runner(name);
        REQUIRE(run);
        std::ifstream in{entry.path()};
        const auto file = corpus::Json::parse(in);
        unsigned ran = 0;
        for (const auto& group : file.at("testGroups")) {
            for (const auto& test : group.at("tests")) {
                INFO("case " << test.at("tcId").get<int>());
                ran += run(Case{group, test});
            }
        }
        if (name.starts_with("mlkem") && !supported(KeId::ml_kem_768)) {
            WARN(name << ": this OpenSSL has no ML-KEM");
        } else {
            CHECK(ran > 0);
        }
        ++files;
    }
    CHECK(files > 0);
}
