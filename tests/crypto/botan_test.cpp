// The Botan project's vectors, many of them NIST's, where IKE_CORPUS names a folder with them.
#include "libike/crypto/crypto.hpp"
#include "tests/catch.hpp"
#include "tests/crypto/corpus.hpp"

using namespace ike;
using namespace ike::crypto;
using corpus::Block;

namespace {

bool aead(EncrId id, unsigned bits, std::size_t salt, const Block& block) {
    const auto nonce = block["Nonce"], out = block["Out"], text = block["In"], aad = block["AD"];
    if (nonce.size() != salt + 8) return false;
    auto cipher = Cipher::create(id, bits, concat(block["Key"], ByteView{nonce}.first(salt)));
    REQUIRE(cipher);
    auto data = text;
    Bytes icv(cipher->shape().icv);
    const auto iv = ByteView{nonce}.subspan(salt);
    cipher->seal(iv, aad, data, icv);
    CHECK(concat(data, icv) == out);
    CHECK(cipher->open(iv, aad, data, icv));
    CHECK(data == text);
    return true;
}

bool gcm(const Block& block) {
    const std::map<std::string, std::pair<EncrId, unsigned>, std::less<>> all{
        {"AES-128/GCM", {EncrId::aes_gcm_16, 128}},     {"AES-192/GCM", {EncrId::aes_gcm_16, 192}},
        {"AES-256/GCM", {EncrId::aes_gcm_16, 256}},     {"AES-128/GCM(12)", {EncrId::aes_gcm_12, 128}},
        {"AES-192/GCM(12)", {EncrId::aes_gcm_12, 192}}, {"AES-256/GCM(12)", {EncrId::aes_gcm_12, 256}},
        {"AES-128/GCM(8)", {EncrId::aes_gcm_8, 128}}};
    const auto found = all.find(block.section);
    return found != all.end() && aead(found->second.first, found->second.second, 4, block);
}
bool ccm(const Block& block) {
    return block.section == "AES-128/CCM(16,4)" && aead(EncrId::aes_ccm_16, 128, 3, block);
}
bool chacha(const Block& block) { return aead(EncrId::chacha20_poly1305, 256, 4, block); }

bool cmac(const Block& block) {
    if (block.section != "CMAC(AES-128)") return false;
    CHECK(equal(prf(PrfId::aes128_cmac, block["Key"], block["In"]), block["Out"]));
    return true;
}

bool agreement(KeId id, ByteView peer, const Block& block) {
    const auto key = KeyExchange::from_private(id, block["Secret"]);
    REQUIRE(key);
    const auto secret = key->agree(peer);
    const auto expected = block["K"];
    // A secret of zeros is what RFC 8031 has us refuse.
    if (std::ranges::all_of(expected, [](auto octet) { return octet == 0; })) {
        CHECK_FALSE(secret);
        return true;
    }
    REQUIRE(secret);
    CHECK(equal(*secret, expected));
    return true;
}
bool ecdh(const Block& block) {
    const std::map<std::string, KeId, std::less<>> all{{"secp192r1", KeId::ecp_192},
                                                       {"secp224r1", KeId::ecp_224},
                                                       {"secp256r1", KeId::ecp_256},
                                                       {"secp384r1", KeId::ecp_384},
                                                       {"secp521r1", KeId::ecp_521},
                                                       {"brainpool256r1", KeId::brainpool_p256},
                                                       {"brainpool384r1", KeId::brainpool_p384},
                                                       {"brainpool512r1", KeId::brainpool_p512}};
    const auto found = all.find(block.section);
    if (found == all.end()) return false;
    const auto point = block["CounterKey"];
    return agreement(found->second, ByteView{point}.subspan(1), block);
}
template <KeId id>
bool xdh(const Block& block) {
    return agreement(id, block["CounterKey"], block);
}

KeId ml_kem_of(const Block& block) {
    return block.section == "ML-KEM-512"   ? KeId::ml_kem_512
           : block.section == "ML-KEM-768" ? KeId::ml_kem_768
                                           : KeId::ml_kem_1024;
}
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
bool ml_kem_encapsulation(const Block& block) {
    if (!supported(ml_kem_of(block))) return false;
    Scripted rng{block["M"]};
    const auto answer = KeyExchange::respond(ml_kem_of(block), block["EK"], rng);
    REQUIRE(answer);
    CHECK(equal(answer->shared_secret, block["K"]));
    return true;
}

}  // namespace

TEST_CASE("Botan's vectors come out", "[crypto][corpus]") {
    const auto folder = corpus::folder("botan");
    if (!folder) {
        WARN("IKE_CORPUS is not set: Botan's files are not read");
        return;
    }
    const std::map<std::string, bool (*)(const Block&)> runners{
        {"gcm", gcm},
        {"ccm", ccm},
        {"cmac", cmac},
        {"chacha20poly1305", chacha},
        {"ecdh", ecdh},
        {"x25519", xdh<KeId::x25519>},
        {"x448", xdh<KeId::x448>},
        {"ml_kem_acvp_encap", ml_kem_encapsulation},
    };
    unsigned files = 0;
    for (const auto& entry : std::filesystem::directory_iterator{*folder}) {
        const auto name = entry.path().stem().string();
        // Its Diffie-Hellman groups are none of IKE's; its ML-KEM keys are given as hashes of Botan's own.
        if (name == "dh" || name == "ml_kem_acvp_keygen") continue;
        INFO(name);
        const auto found = runners.find(name);
        REQUIRE(found != runners.end());
        unsigned ran = 0, number = 0;
        for (const auto& block : corpus::blocks(entry.path())) {
            INFO("block " << ++number << " of section " << block.section);
            ran += found->second(block);
        }
        if (name.starts_with("ml_kem") && !supported(KeId::ml_kem_768)) {
            WARN(name << ": this OpenSSL has no ML-KEM");
        } else {
            CHECK(ran > 0);
        }
        ++files;
    }
    CHECK(files > 0);
}
