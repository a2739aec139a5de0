#include "libike/crypto/legacy.hpp"

#include "tests/catch.hpp"
#include "tests/vectors.hpp"

using namespace ike;
using namespace ike::crypto;

TEST_CASE("MD4 and MD5 give the published digests", "[crypto][rfc1320][rfc1321]") {
    for (const auto& row : vectors("rfc1320-md4.txt")) {
        INFO("RFC 1320, " << row.name);
        const auto data = row["data"];
        const ByteView parts[] = {ByteView{data}.first(data.size() / 2),
                                  ByteView{data}.subspan(data.size() / 2)};
        CHECK(equal(md4(parts), row["output"]));
    }
    for (const auto& row : vectors("rfc1321-md5.txt")) {
        INFO("RFC 1321, " << row.name);
        const auto data = row["data"];
        const ByteView parts[] = {data};
        CHECK(equal(md5(parts), row["output"]));
    }
}

TEST_CASE("DES takes keys of 56 bits without parity", "[crypto][rfc2759]") {
    // NIST SP 800-17 table B.1, first and last row of the variable plaintext known answer test: key 01 01 ..
    // 01, which is 56 zero bits with parity.
    const std::array<std::uint8_t, 7> zeros{};
    const std::array<std::uint8_t, 8> first{0x80}, last{0, 0, 0, 0, 0, 0, 0, 1};
    CHECK(hex(des_encrypt(zeros, first)) == "95f8a5e5dd31d900");
    CHECK(hex(des_encrypt(zeros, last)) == "166b40b44aba4bd6");
}
