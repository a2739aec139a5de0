#include "libike/capture/tracker.hpp"
#include "libike/inner/echo.hpp"
#include "tests/catch.hpp"

using namespace ike;

TEST_CASE("IPComp that Linux made, and that we made, is decompressed", "[capture][ipcomp][rfc3173]") {
    const auto samples = std::string{IKE_SOURCE_DIR} + "/tests/capture/samples/";
    KeyStore keys;
    REQUIRE(keys.load(samples + "ipcomp-linux.esp_sa"));
    Tracker tracker{std::move(keys)};
    auto file = CaptureFile::open(samples + "ipcomp-linux.pcapng");
    REQUIRE(file);
    std::size_t requests = 0, replies = 0;
    while (const auto frame = file->next()) {
        const auto& seen = tracker.observe(*frame);
        if (seen.what.kind != Kind::esp) continue;
        REQUIRE(seen.esp.ipcomp);
        CHECK(seen.esp.next_header == 108);
        CHECK(seen.esp.ipcomp->decompressed);
        CHECK(seen.esp.ipcomp->next_header == 4);
        CHECK(seen.esp.ipcomp->compressed == seen.esp.payload.size());
        CHECK(seen.esp.content.size() == 1000);
        CHECK(seen.esp.payload.size() < 600);
        REQUIRE(seen.esp.inner);
        CHECK(seen.esp.inner->tunnel);
        CHECK(seen.esp.inner->length == 1000);
        if (to_string(seen.packet.source.address) == "192.0.2.2") {
            ++requests;
            CHECK(seen.esp.inner->icmp_type == 8);
            continue;
        }
        ++replies;
        CHECK(seen.esp.ipcomp->cpi == 0x9303);
        // Its checksums say that every octet is right.
        const auto reply = inner::read_reply(seen.esp.content);
        REQUIRE(reply);
        CHECK(reply->size == 1000);
    }
    CHECK(requests == 3);
    CHECK(replies == 3);
}
