#include "libike/crypto/glimpse.hpp"
#include "tests/catch.hpp"

using namespace ike;
using namespace ike::crypto;

namespace {

struct Sealed {
    Bytes iv, aad, plain, text, icv;
};
Sealed seal(Cipher& cipher, std::size_t size, std::size_t aad, Rng& rng) {
    Sealed made{rng.bytes(8), rng.bytes(aad), rng.bytes(size), {}, Bytes(cipher.shape().icv)};
    made.text = made.plain;
    cipher.seal(made.iv, made.aad, made.text, made.icv);
    return made;
}
struct Seen {
    std::array<std::uint8_t, Glimpse::head> start{};
    std::array<std::uint8_t, Glimpse::tail> end{};
};

}  // namespace

TEST_CASE("a glimpse of AES-GCM shows what opening it shows", "[crypto]") {
    SeededRng rng{41};
    for (const auto id :
         {EncrId::aes_gcm_8, EncrId::aes_gcm_12, EncrId::aes_gcm_16, EncrId::aes_gcm_16_iiv}) {
        for (const unsigned bits : {128u, 192u, 256u}) {
            const auto key = rng.bytes(bits / 8 + 4);
            auto cipher = Cipher::create(id, bits, key).value();
            auto glimpse = Glimpse::create(id, bits, key);
            REQUIRE(glimpse);
            std::vector<std::size_t> sizes{Glimpse::least,    1376,         1377, 9000,
                                           Glimpse::most - 1, Glimpse::most};
            for (std::size_t more = 1; more < 40; ++more) sizes.push_back(Glimpse::least + more);
            for (const auto size : sizes) {
                for (const std::size_t aad : {0u, 8u, 12u, 16u}) {
                    const auto sealed = seal(cipher, size, aad, rng);
                    Seen seen;
                    CAPTURE(to_string(id), bits, size, aad);
                    REQUIRE(
                        glimpse->open(sealed.iv, sealed.aad, sealed.text, sealed.icv, seen.start, seen.end));
                    CHECK(equal(seen.start, ByteView{sealed.plain}.first(Glimpse::head)));
                    CHECK(equal(seen.end, ByteView{sealed.plain}.last(Glimpse::tail)));
                }
            }
        }
    }
}

TEST_CASE("a glimpse of AES-GCM is refused where any bit was changed", "[crypto]") {
    SeededRng rng{42};
    const auto key = rng.bytes(20);
    auto cipher = Cipher::create(EncrId::aes_gcm_16, 128, key).value();
    auto glimpse = Glimpse::create(EncrId::aes_gcm_16, 128, key).value();
    const auto sealed = seal(cipher, 333, 8, rng);
    Seen seen;
    const auto opens = [&](const Sealed& changed) {
        return glimpse.open(changed.iv, changed.aad, changed.text, changed.icv, seen.start, seen.end);
    };
    REQUIRE(opens(sealed));
    for (const auto part : {&Sealed::iv, &Sealed::aad, &Sealed::text, &Sealed::icv}) {
        for (std::size_t bit = 0; bit < (sealed.*part).size() * 8; ++bit) {
            auto changed = sealed;
            (changed.*part)[bit / 8] ^= static_cast<std::uint8_t>(1 << bit % 8);
            CHECK_FALSE(opens(changed));
        }
    }
    auto shorter = sealed;
    shorter.text.pop_back();
    CHECK_FALSE(opens(shorter));
    auto moved = sealed;  // an octet of the text counted as associated data
    moved.aad.push_back(moved.text.front());
    moved.text.erase(moved.text.begin());
    CHECK_FALSE(opens(moved));
    CHECK(opens(sealed));
}

TEST_CASE("only AES-GCM lets itself be glimpsed at", "[crypto]") {
    CHECK_FALSE(Glimpse::create(EncrId::chacha20_poly1305, 0, Bytes(36)));
    CHECK_FALSE(Glimpse::create(EncrId::aes_ccm_16, 128, Bytes(19)));
    CHECK_FALSE(Glimpse::create(EncrId::aes_cbc, 128, Bytes(16)));
    CHECK_FALSE(Glimpse::create(EncrId::null_auth_aes_gmac, 128, Bytes(20)));
    CHECK_FALSE(Glimpse::create(EncrId::aes_gcm_16, 128, Bytes(19)));
    CHECK_FALSE(Glimpse::create(EncrId::aes_gcm_16, 99, Bytes(20)));
}
