// Payloads that break rules: kept without loss where they can be taken apart, refused with an offset where
// not.
#include <stdexcept>

#include "libike/wire/message.hpp"
#include "tests/catch.hpp"

using namespace ike;

namespace {

constexpr std::size_t origin = 32;  // of the body, as in a message with one payload

Bytes octets(std::string_view text) { return from_hex(text).value(); }

template <class Body>
Body kept(PayloadType type, std::string_view text) {
    const auto in = octets(text);
    const auto read = parse_body(type, PayloadType::none, Reader{in, origin});
    if (!read) FAIL(to_string(read.error()));
    Writer out;
    write_body(*read, out);
    CHECK(hex(out.view()) == hex(in));
    return std::get<Body>(*read);
}

WireError refused(PayloadType type, std::string_view text) {
    const auto in = octets(text);
    const auto read = parse_body(type, PayloadType::none, Reader{in, origin});
    REQUIRE_FALSE(read.has_value());
    return read.error();
}

using Kind = WireError::Kind;

}  // namespace

TEST_CASE("an SA payload keeps reserved octets, odd last-substruc octets and wrong counts", "[wire]") {
    const auto sa =
        kept<SaPayload>(PayloadType::sa,
                        "00aa0010 01030007 02bb0008 05cc0001"  // "last" but is not; 7 transforms, has 1
                        "02000008 02030000");                  // "more" but is last
    REQUIRE(sa.proposals.size() == 2);
    CHECK(sa.proposals[0].last == 0);
    CHECK(sa.proposals[0].reserved == 0xaa);
    CHECK(sa.proposals[0].transform_count == 7);
    CHECK(sa.proposals[0].transforms.at(0).last == 2);
    CHECK(sa.proposals[0].transforms.at(0).reserved1 == 0xbb);
    CHECK(sa.proposals[0].transforms.at(0).reserved2 == 0xcc);
    CHECK(sa.proposals[1].last == 2);
    CHECK_FALSE(sa.proposals[1].transform_count);
}

TEST_CASE("an SA payload may be empty or hold empty proposals", "[wire]") {
    CHECK(kept<SaPayload>(PayloadType::sa, "").proposals.empty());
    CHECK(kept<SaPayload>(PayloadType::sa, "00000008 01030000").proposals.at(0).transforms.empty());
}

TEST_CASE("more than 255 transforms are read and written without loss", "[wire]") {
    Bytes in = octets("00000000 01030000");
    for (int i = 0; i < 300; ++i) append(in, octets(i < 299 ? "03000008 01000014" : "00000008 01000014"));
    in[2] = static_cast<std::uint8_t>(in.size() >> 8);
    in[3] = static_cast<std::uint8_t>(in.size());
    in[7] = 300 & 0xff;
    const auto sa = kept<SaPayload>(PayloadType::sa, hex(in));
    CHECK(sa.proposals.at(0).transforms.size() == 300);
    CHECK(sa.proposals[0].transform_count == 44);
}

TEST_CASE("an SA payload whose lengths contradict each other is refused where they do", "[wire]") {
    CHECK(refused(PayloadType::sa, "00000007 01030000") ==
          WireError{Kind::value, origin + 2, "proposal length"});
    CHECK(refused(PayloadType::sa, "00000009 01030000").kind == Kind::truncated);
    CHECK(refused(PayloadType::sa, "00000008 01030400") == WireError{Kind::truncated, origin + 8, "spi"});
    CHECK(refused(PayloadType::sa, "00000010 01030001 00000007 01000014") ==
          WireError{Kind::value, origin + 10, "transform length"});
    CHECK(refused(PayloadType::sa, "00000010 01030001 00000009 01000014").kind == Kind::truncated);
    CHECK(refused(PayloadType::sa, "00000014 01030001 0000000c 01000014 000e0001") ==
          WireError{Kind::truncated, origin + 20, "attribute value"});
    CHECK(refused(PayloadType::sa, "00000012 01030001 0000000a 01000014 800e") ==
          WireError{Kind::truncated, origin + 18, "attribute value"});
    CHECK(refused(PayloadType::sa, "00000008 01030000 00") ==
          WireError{Kind::truncated, origin + 9, "reserved"});
}

TEST_CASE("reserved octets of KE, ID, AUTH, TS and CP are kept", "[wire]") {
    CHECK(kept<KePayload>(PayloadType::ke, "0013 abcd").reserved == 0xabcd);
    const std::array<std::uint8_t, 3> reserved{1, 2, 3};
    CHECK(kept<IdPayload>(PayloadType::idi, "01010203").reserved == reserved);
    CHECK(kept<AuthPayload>(PayloadType::auth, "01010203").reserved == reserved);
    CHECK(kept<TsPayload>(PayloadType::tsi, "00010203").reserved == reserved);
    CHECK(kept<CpPayload>(PayloadType::cp, "01010203").reserved == reserved);
}

TEST_CASE("a payload too short for its fixed fields is refused", "[wire]") {
    CHECK(refused(PayloadType::ke, "001300") == WireError{Kind::truncated, origin + 2, "reserved"});
    CHECK(refused(PayloadType::idr, "0100").kind == Kind::truncated);
    CHECK(refused(PayloadType::cert, "") == WireError{Kind::truncated, origin, "cert encoding"});
    CHECK(refused(PayloadType::certreq, "").kind == Kind::truncated);
    CHECK(refused(PayloadType::auth, "010000").kind == Kind::truncated);
    CHECK(refused(PayloadType::notify, "000040") ==
          WireError{Kind::truncated, origin + 2, "notify message type"});
    CHECK(refused(PayloadType::delete_payload, "030400").kind == Kind::truncated);
    CHECK(refused(PayloadType::tsr, "0000").kind == Kind::truncated);
    CHECK(refused(PayloadType::cp, "01").kind == Kind::truncated);
    CHECK(refused(PayloadType::skf, "000100") == WireError{Kind::truncated, origin + 2, "total fragments"});
}

TEST_CASE("a Notify payload whose SPI is longer than the payload is refused", "[wire]") {
    CHECK(refused(PayloadType::notify, "03084009 01020304") == WireError{Kind::truncated, origin + 4, "spi"});
    CHECK(refused(PayloadType::notify, "03ff4009") == WireError{Kind::truncated, origin + 4, "spi"});
}

TEST_CASE("a Delete payload keeps a count that is not the number of its SPIs", "[wire]") {
    const auto many = kept<DeletePayload>(PayloadType::delete_payload, "0304ffff 01020304");
    CHECK(many.count == 0xffff);
    CHECK(many.spis.size() == 1);
    const auto sizeless = kept<DeletePayload>(PayloadType::delete_payload, "03000002");
    CHECK(sizeless.count == 2);
    CHECK(sizeless.spis.empty());
    CHECK(kept<DeletePayload>(PayloadType::delete_payload, "01080000").spi_size == 8);
}

TEST_CASE("a Delete payload that is no whole number of SPIs is refused", "[wire]") {
    CHECK(refused(PayloadType::delete_payload, "03040002 01020304 0506") ==
          WireError{Kind::truncated, origin + 8, "spi"});
    CHECK(refused(PayloadType::delete_payload, "01000001 01020304") ==
          WireError{Kind::trailing, origin + 4, "end"});
}

TEST_CASE("a TS payload keeps a wrong count of selectors", "[wire]") {
    const auto ts = kept<TsPayload>(PayloadType::tsi, "05000000 07000010 0000ffff 0a000000 0a0000ff");
    CHECK(ts.count == 5);
    CHECK(ts.selectors.size() == 1);
    CHECK(kept<TsPayload>(PayloadType::tsi, "01000000 ff000004").selectors.at(0).opaque.empty());
}

TEST_CASE("an address range whose length is not that of its type is refused", "[wire]") {
    CHECK(refused(PayloadType::tsi, "01000000 07000003") ==
          WireError{Kind::value, origin + 6, "selector length"});
    CHECK(refused(PayloadType::tsi, "01000000 07000004").kind == Kind::truncated);
    CHECK(refused(PayloadType::tsi, "01000000 0700000c 0000ffff 0a000000") ==
          WireError{Kind::truncated, origin + 16, "ending address"});
    CHECK(refused(PayloadType::tsi, "01000000 07000014 0000ffff 0a000000 0a0000ff 00000000") ==
          WireError{Kind::trailing, origin + 20, "selector length"});
    CHECK(refused(PayloadType::tsi, "01000000 08000010 0000ffff 0a000000 0a0000ff").kind == Kind::truncated);
    CHECK(refused(PayloadType::tsi, "01000000 07000010 0000ffff 0a000000").kind == Kind::truncated);
}

TEST_CASE("a configuration attribute longer than its payload is refused", "[wire]") {
    CHECK(refused(PayloadType::cp, "01000000 00010005 01020304") ==
          WireError{Kind::truncated, origin + 8, "attribute value"});
    CHECK(refused(PayloadType::cp, "01000000 0001ff").kind == Kind::truncated);
}

TEST_CASE("a body refused in a chain stays opaque with its error", "[wire]") {
    const auto chain = read_chain(PayloadType::notify, octets("28000008 03084009 00000006 abcd"), 28);
    CHECK_FALSE(chain.error);
    REQUIRE(chain.payloads.size() == 2);
    CHECK(chain.payloads[0].body == PayloadBody{Opaque{octets("03084009")}});
    CHECK(chain.payloads[0].error == WireError{Kind::truncated, 36, "spi"});
    CHECK(chain.payloads[1].body == PayloadBody{NoncePayload{octets("abcd")}});
    CHECK_FALSE(chain.payloads[1].error);
}

TEST_CASE("a value longer than its length field is not written", "[wire]") {
    Writer out;
    Notify with_long_spi;
    with_long_spi.spi.resize(256);
    CHECK_THROWS_AS(write_body(with_long_spi, out), std::length_error);
    SaPayload sa;
    sa.proposals.resize(1);
    sa.proposals[0].transforms.resize(256);
    CHECK_THROWS_AS(write_body(sa, out), std::length_error);
    const std::array<Payload, 1> chain{payload(NoncePayload{Bytes(65532)})};
    CHECK_THROWS_AS(write_chain(chain, out), std::length_error);
}
