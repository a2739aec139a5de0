#include "libike/wire/message.hpp"

#include "tests/catch.hpp"
#include "tests/wire/lossless.hpp"

using namespace ike;
using Kind = WireError::Kind;

namespace {

/// A header as in RFC 7296 section 3.1, with `next`, and `length` in its last field.
Bytes header(std::uint8_t next, std::uint32_t length) {
    Writer out;
    out.number(std::uint64_t{0x0102030405060708}).number(std::uint64_t{0x1112131415161718});
    out.number(next).number(std::uint8_t{0x20}).number(std::uint8_t{37}).number(std::uint8_t{0x08});
    out.number(std::uint32_t{7}).number(length);
    return out.take();
}
/// A whole message: that header, and `chain` in hexadecimal.
Bytes message(std::uint8_t next, std::string_view chain) {
    const auto octets = from_hex(chain).value();
    return concat(header(next, static_cast<std::uint32_t>(28 + octets.size())), octets);
}
ReadMessage read(ByteView datagram) {
    auto read = read_message(datagram);
    REQUIRE(read.has_value());
    return std::move(*read);
}

}  // namespace

TEST_CASE("a header is read field by field", "[wire][rfc7296]") {
    const auto parsed = read_header(header(33, 28));
    REQUIRE(parsed.has_value());
    CHECK(spi_text(parsed->initiator_spi) == "0102030405060708");
    CHECK(spi_text(parsed->responder_spi) == "1112131415161718");
    CHECK(parsed->next == PayloadType::sa);
    CHECK(parsed->major() == 2);
    CHECK(parsed->exchange == ExchangeType::informational);
    CHECK(parsed->from_initiator());
    CHECK_FALSE(parsed->is_response());
    CHECK(parsed->message_id == 7);
    CHECK(parsed->length == 28);
}

TEST_CASE("a datagram shorter than a header is refused, naming the field that is missing", "[wire]") {
    const auto whole = header(0, 28);
    for (std::size_t size = 0; size < whole.size(); ++size)
        CHECK_FALSE(read_message(ByteView{whole}.first(size)));
    CHECK(read_message(ByteView{whole}.first(27)).error() == WireError{Kind::truncated, 24, "length"});
    CHECK(read_message({}).error() == WireError{Kind::truncated, 0, "initiator spi"});
}

TEST_CASE("version, exchange and flags of any value come back as they were", "[wire]") {
    auto octets = message(0, "");
    for (const auto& [version, exchange, flags] :
         {std::tuple{0x10, 2, 0xff}, {0x2f, 0, 0x37}, {0xf0, 255, 0}}) {
        octets[17] = static_cast<std::uint8_t>(version);
        octets[18] = static_cast<std::uint8_t>(exchange);
        octets[19] = static_cast<std::uint8_t>(flags);
        CHECK(write_message(read(octets).message) == octets);
    }
}

TEST_CASE("a length that is not the datagram's is an error, and what is there is still read", "[wire]") {
    const auto chain = from_hex("00000006 abcd").value();
    const auto longer = read(concat(header(40, 34), chain, Bytes{1, 2}));
    CHECK(longer.error == WireError{Kind::trailing, 34, "length"});
    CHECK(longer.message.get<NoncePayload>() != nullptr);
    const auto shorter = read(concat(header(40, 35), chain));
    CHECK(shorter.error == WireError{Kind::truncated, 24, "length"});
    CHECK(shorter.message.get<NoncePayload>() != nullptr);
    const auto senseless = read(concat(header(40, 27), chain));
    CHECK(senseless.error == WireError{Kind::value, 24, "length"});
    CHECK(senseless.message.get<NoncePayload>() != nullptr);
    CHECK_FALSE(parse_message(concat(header(40, 27), chain)));
}

TEST_CASE("payloads know where they were", "[wire]") {
    const auto parsed = read(message(40, "2b000006 abcd 00000008 01020304"));
    CHECK_FALSE(parsed.error);
    REQUIRE(parsed.message.payloads.size() == 2);
    CHECK(parsed.message.payloads[0].offset == 28);
    CHECK(parsed.message.payloads[0].length == 6);
    CHECK(parsed.message.payloads[1].offset == 34);
    CHECK(parsed.message.payloads[1].length == 8);
}

TEST_CASE("the critical bit and the bits beside it are kept", "[wire]") {
    const auto octets = message(200, "c8800004 c87f0004 00ff0004");
    const auto parsed = read(octets).message;
    REQUIRE(parsed.payloads.size() == 3);
    CHECK(parsed.payloads[0].critical);
    CHECK(parsed.payloads[0].reserved == 0);
    CHECK_FALSE(parsed.payloads[1].critical);
    CHECK(parsed.payloads[1].reserved == 0x7f);
    CHECK(write_message(parsed) == octets);
}

TEST_CASE("a chain that does not end with its octets is an error", "[wire]") {
    CHECK(read(message(40, "00000003")).error == WireError{Kind::value, 30, "payload length"});
    CHECK(read(message(40, "00000000")).error == WireError{Kind::value, 30, "payload length"});
    CHECK(read(message(40, "00000005")).error == WireError{Kind::truncated, 32, "payload length"});
    CHECK(read(message(40, "0000")).error == WireError{Kind::truncated, 30, "payload length"});
    CHECK(read(message(40, "")).error == WireError{Kind::truncated, 28, "next payload"});
    CHECK(read(message(40, "28000006 abcd")).error == WireError{Kind::truncated, 34, "next payload"});
    CHECK(read(message(40, "28000006 abcd")).message.payloads.size() == 1);
    CHECK(read(message(40, "00000006 abcd 00")).error == WireError{Kind::trailing, 34, "end"});
    CHECK(read(message(0, "00000004")).error == WireError{Kind::trailing, 28, "end"});
}

TEST_CASE("SK ends a chain, and its Next Payload is of what is inside", "[wire][rfc7296]") {
    const auto octets = message(41, "2e000008 00004000 23000008 f0f1f2f3");
    const auto parsed = read(octets);
    CHECK_FALSE(parsed.error);
    REQUIRE(parsed.message.payloads.size() == 2);
    REQUIRE(parsed.message.get<SkPayload>() != nullptr);
    CHECK(parsed.message.get<SkPayload>()->first == PayloadType::idi);
    CHECK(write_message(parsed.message) == octets);
    CHECK(read(message(46, "23000008 f0f1f2f3 00000004")).error == WireError{Kind::trailing, 36, "end"});
}

TEST_CASE("SKF ends a chain, also one too short to be taken apart", "[wire][rfc7383]") {
    const auto whole = message(53, "2300000a 00010002 f0f1");
    CHECK(read(whole).message.get<SkfPayload>()->first == PayloadType::idi);
    CHECK(write_message(read(whole).message) == whole);
    const auto cut = message(53, "23000006 0001");
    const auto parsed = read(cut);
    CHECK_FALSE(parsed.error);
    CHECK(parsed.message.payloads.at(0).error == WireError{Kind::truncated, 34, "total fragments"});
    CHECK(parsed.message.payloads.at(0).next == PayloadType::idi);
    CHECK(write_message(parsed.message) == cut);
    CHECK(parse_message(cut).error() == WireError{Kind::truncated, 34, "total fragments"});
}

TEST_CASE("a Next Payload may be set against the chain", "[wire]") {
    Message made;
    made.payloads = {payload(NoncePayload{{1}}), payload(NoncePayload{{2}})};
    made.payloads[0].next = PayloadType::ke;
    CHECK(hex(ByteView{write_message(made)}.subspan(28)) == "22000005010000000502");
}

TEST_CASE("at most a thousand payloads are read", "[wire]") {
    std::string chain;
    for (int i = 0; i < 999; ++i) chain += "c8000004";
    CHECK_FALSE(read(message(200, chain + "00000004")).error);
    const auto more = read(message(200, chain + "c8000004" + "00000004"));
    CHECK(more.message.payloads.size() == 1000);
    CHECK(more.error == WireError{Kind::value, 28 + 4000, "number of payloads"});
}

TEST_CASE("payloads are found by type, by body and by notify type", "[wire]") {
    const auto made =
        Message{.header = {},
                .payloads = {notify(NotifyType::cookie, {1}), notify(NotifyType::mobike_supported),
                             payload(PayloadType::tsr, TsPayload{})}};
    CHECK(made.find(PayloadType::notify) == &made.payloads[0]);
    CHECK(made.find(PayloadType::sa) == nullptr);
    CHECK(made.notify(NotifyType::mobike_supported) == &std::get<Notify>(made.payloads[1].body));
    CHECK(made.notify(NotifyType::rekey_sa) == nullptr);
    CHECK(made.get<TsPayload>() != nullptr);
    CHECK(made.get<TsPayload>(PayloadType::tsi) == nullptr);
}
