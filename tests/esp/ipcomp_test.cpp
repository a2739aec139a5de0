#include "libike/esp/ipcomp.hpp"

#include <zlib.h>

#include "libike/base/rng.hpp"
#include "tests/catch.hpp"

using namespace ike;
using esp::InflateFailure;

namespace {

Bytes text(std::size_t size) {
    Bytes octets(size);
    for (std::size_t i = 0; i < size; ++i)
        octets[i] = static_cast<std::uint8_t>("a packet that shrinks "[i % 22]);
    return octets;
}
/// zlib's own raw DEFLATE with the whole window, as another sender may use it (RFC 2394 section 2.1).
Bytes deflated(ByteView octets) {
    z_stream stream{};
    REQUIRE(deflateInit2(&stream, 9, Z_DEFLATED, -15, 9, Z_DEFAULT_STRATEGY) == Z_OK);
    Bytes out(octets.size() + 100);
    auto in = to_bytes(octets);
    stream.next_in = in.data();
    stream.avail_in = static_cast<uInt>(in.size());
    stream.next_out = out.data();
    stream.avail_out = static_cast<uInt>(out.size());
    REQUIRE(deflate(&stream, Z_FINISH) == Z_STREAM_END);
    out.resize(stream.total_out);
    deflateEnd(&stream);
    return out;
}
Bytes with_header(ByteView data) {
    Bytes packet{6, 0, 0x12, 0x34};
    append(packet, data);
    return packet;
}

}  // namespace

TEST_CASE("what IPComp compresses it decompresses, with next header and CPI", "[esp][ipcomp][rfc3173]") {
    esp::Ipcomp ipcomp;
    Bytes packed(70000), room(65535);
    for (const std::size_t size : {90, 91, 500, 1400, 9000, 65515}) {
        const auto payload = text(size);
        const auto length = ipcomp.compress(payload, 17, 0x1234, packed);
        REQUIRE(length > 4);
        CHECK(length < size);
        const auto opened = ipcomp.decompress(ByteView{packed}.first(length), room);
        REQUIRE(opened);
        CHECK(opened->header.next_header == 17);
        CHECK(opened->header.cpi == 0x1234);
        CHECK(equal(ByteView{room}.first(opened->size), payload));
    }
}

TEST_CASE("what does not shrink is left as it is", "[esp][ipcomp][rfc3173]") {
    esp::Ipcomp ipcomp;
    SeededRng rng{4};
    Bytes packed(70000);
    CHECK(ipcomp.compress(rng.bytes(1400), 17, 2, packed) == 0);
    CHECK(ipcomp.compress(text(89), 17, 2, packed) == 0);  // section 2.2: small payloads are not tried
    CHECK(ipcomp.compress({}, 17, 2, packed) == 0);
    CHECK(ipcomp.compress(text(1400), 17, 2, MutableBytes{packed}.first(3)) == 0);
}

TEST_CASE("distances beyond two KiB are understood, and never made", "[esp][ipcomp][rfc2394]") {
    // The same 3,000 random octets twice: only a window beyond that shrinks them.
    SeededRng rng{5};
    auto payload = rng.bytes(3000);
    append(payload, to_bytes(ByteView{payload}));
    esp::Ipcomp ipcomp;
    Bytes packed(70000), room(65535);
    CHECK(ipcomp.compress(payload, 6, 2, packed) == 0);
    const auto theirs = with_header(deflated(payload));
    CHECK(theirs.size() < 3200);
    const auto opened = ipcomp.decompress(theirs, room);
    REQUIRE(opened);
    CHECK(equal(ByteView{room}.first(opened->size), payload));
}

TEST_CASE("decompression is bounded and refuses what is no DEFLATE", "[esp][ipcomp]") {
    esp::Ipcomp ipcomp;
    Bytes room(1000);
    const auto bomb = with_header(deflated(Bytes(1'000'000)));
    CHECK(bomb.size() < 1100);
    CHECK(ipcomp.decompress(bomb, room).error() == InflateFailure::too_long);
    const auto good = with_header(deflated(text(900)));
    REQUIRE(ipcomp.decompress(good, room));
    for (std::size_t size = 0; size < good.size(); ++size)
        CHECK_FALSE(ipcomp.decompress(ByteView{good}.first(size), room));
    auto longer = good;
    longer.resize(longer.size() + 30);  // TFC padding of the sender
    CHECK(ipcomp.decompress(longer, room)->size == 900);
    CHECK(ipcomp.decompress(with_header(Bytes(50, 0xff)), room).error() == InflateFailure::corrupt);
}
