#include "libike/crypto/crypto.hpp"
#include "tests/catch.hpp"
#include "tests/vectors.hpp"

using namespace ike;
using namespace ike::crypto;

namespace {

struct Published {
    PrfId id;
    const char* file;
};
constexpr Published prf_files[] = {
    {PrfId::hmac_md5, "rfc2104-hmac-md5.txt"},
    {PrfId::hmac_sha2_256, "rfc4868-prf-hmac-sha-256.txt"},
    {PrfId::hmac_sha2_384, "rfc4868-prf-hmac-sha-384.txt"},
    {PrfId::hmac_sha2_512, "rfc4868-prf-hmac-sha-512.txt"},
    {PrfId::aes128_xcbc, "rfc4434-prf-aes128-xcbc.txt"},
    {PrfId::aes128_xcbc, "rfc3566-aes-xcbc-mac.txt"},
    {PrfId::aes128_cmac, "rfc4615-prf-aes128-cmac.txt"},
    {PrfId::aes128_cmac, "sp800-38b-aes128-cmac.txt"},
};

}  // namespace

TEST_CASE("PRFs give the published outputs, however their input is cut",
          "[crypto][rfc4868][rfc4434][rfc4615]") {
    for (const auto& published : prf_files) {
        for (const auto& row : vectors(published.file)) {
            INFO(published.file << ": " << row.name);
            const auto key = row["key"], data = row["data"], output = row["output"];
            CHECK(equal(prf(published.id, key, data), output));
            CHECK(prf_size(published.id) == output.size());
            for (std::size_t cut = 0; cut <= data.size(); cut += 1 + data.size() / 40) {
                const ByteView parts[] = {ByteView{data}.first(cut), {}, ByteView{data}.subspan(cut)};
                CHECK(equal(prf(published.id, key, parts), output));
            }
        }
    }
}

TEST_CASE("prf and prf+ give NIST's IKEv2 keys", "[crypto][rfc7296]") {
    for (const auto& row : vectors("nist-cavp-ikev2-kdf.txt")) {
        INFO(row.name);
        const auto id = static_cast<PrfId>(row.number("prf"));
        const auto key = row["key"], salt = row["salt"], out = row["out"];
        if (row.text("operation") == "prf+") {
            CHECK(equal(prf_plus(id, key, salt, out.size()), out));
        } else {
            CHECK(equal(prf(id, salt, key), out));
        }
    }
}

TEST_CASE("prf+ is one stream: a shorter output begins a longer one", "[crypto][rfc7296]") {
    for (const auto& entry : prf_ids) {
        if (!supported(entry.value)) continue;
        const auto key = to_bytes(std::string_view{"a key"}), seed = to_bytes(std::string_view{"a seed"});
        const auto most = 255 * prf_size(entry.value);
        const auto whole = prf_plus(entry.value, key, seed, most);
        REQUIRE(whole.size() == most);
        for (const std::size_t size :
             {std::size_t{0}, std::size_t{1}, prf_size(entry.value), prf_size(entry.value) + 1}) {
            CHECK(equal(prf_plus(entry.value, key, seed, size), whole.view().first(size)));
        }
        CHECK_THROWS(prf_plus(entry.value, key, seed, most + 1));
    }
}

TEST_CASE("integrity algorithms give the published ICVs and refuse others", "[crypto][rfc4868][rfc3566]") {
    const std::pair<IntegId, const char*> files[] = {
        {IntegId::hmac_sha2_256_128, "rfc4868-auth-hmac-sha-256.txt"},
        {IntegId::hmac_sha2_384_192, "rfc4868-auth-hmac-sha-384.txt"},
        {IntegId::hmac_sha2_512_256, "rfc4868-auth-hmac-sha-512.txt"},
        {IntegId::aes_xcbc_96, "rfc3566-aes-xcbc-mac.txt"},
    };
    for (const auto& [id, file] : files) {
        for (const auto& row : vectors(file)) {
            INFO(file << ": " << row.name);
            auto integrity = Integrity::create(id, row["key"]);
            REQUIRE(integrity);
            const auto data = row["data"];
            auto icv = row["icv"];
            Bytes made(integrity->icv_size());
            const ByteView parts[] = {ByteView{data}.first(data.size() / 2),
                                      ByteView{data}.subspan(data.size() / 2)};
            // Twice: the keyed state serves again.
            for (int i = 0; i < 2; ++i) {
                integrity->sign(parts, made);
                CHECK(made == icv);
                CHECK(integrity->verify(parts, icv));
            }
            icv.back() ^= 1;
            CHECK_FALSE(integrity->verify(parts, icv));
            CHECK_FALSE(integrity->verify(parts, ByteView{icv}.first(icv.size() - 1)));
        }
    }
}

TEST_CASE("truncated ICVs begin the PRF of the same hash", "[crypto][rfc2404][rfc4494]") {
    const std::pair<IntegId, PrfId> pairs[] = {
        {IntegId::hmac_md5_96, PrfId::hmac_md5},    {IntegId::hmac_md5_128, PrfId::hmac_md5},
        {IntegId::hmac_sha1_96, PrfId::hmac_sha1},  {IntegId::hmac_sha1_160, PrfId::hmac_sha1},
        {IntegId::aes_cmac_96, PrfId::aes128_cmac}, {IntegId::aes_xcbc_96, PrfId::aes128_xcbc},
    };
    SeededRng rng{11};
    for (const auto& [id, with] : pairs) {
        const auto key = rng.bytes(integ_key_size(id)), data = rng.bytes(77);
        auto integrity = Integrity::create(id, key);
        REQUIRE(integrity);
        Bytes icv(icv_size(id));
        const ByteView parts[] = {data};
        integrity->sign(parts, icv);
        CHECK(equal(icv, prf(with, key, data).view().first(icv.size())));
    }
}

TEST_CASE("integrity keys of a wrong length and unknown algorithms are refused", "[crypto]") {
    const auto wrong = Integrity::create(IntegId::hmac_sha2_256_128, Bytes(31));
    REQUIRE_FALSE(wrong);
    CHECK(wrong.error().what == "integrity: AUTH_HMAC_SHA2_256_128 takes a key of 32 octets, not 31");
    CHECK_FALSE(Integrity::create(IntegId::des_mac, Bytes(8)));
    CHECK_FALSE(supported(IntegId::none));
    CHECK_FALSE(supported(PrfId::hmac_tiger));
}

TEST_CASE("digests are those of FIPS 180's examples", "[crypto]") {
    const auto abc = to_bytes(std::string_view{"abc"});
    const ByteView parts[] = {ByteView{abc}.first(1), ByteView{abc}.subspan(1)};
    CHECK(hex(sha1(parts)) == "a9993e364706816aba3e25717850c26c9cd0d89d");
    CHECK(hex(digest(Hash::sha1, parts)) == "a9993e364706816aba3e25717850c26c9cd0d89d");
    CHECK(hex(digest(Hash::sha2_256, parts)) ==
          "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    CHECK(hex(digest(Hash::sha2_384, parts)) ==
          "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7");
    CHECK(hex(digest(Hash::sha2_512, parts)) ==
          "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd45"
          "4d4423643ce80e"
          "2a9ac94fa54ca49f");
    CHECK(digest(Hash::identity, parts) == abc);
}
