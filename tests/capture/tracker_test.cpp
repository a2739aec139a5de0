#include "libike/capture/tracker.hpp"

#include <cstdlib>
#include <filesystem>

#include "libike/capture/pcapng_writer.hpp"
#include "tests/catch.hpp"
#include "tests/conversation.hpp"

using namespace ike;
using namespace ike::testing;

TEST_CASE("IKE and ESP are opened with the keys of the IKE SA alone", "[capture]") {
    Conversation talk;
    Tracker tracker{talk.keys(Conversation::Known::ike)};
    const auto seen = talk.play(tracker);
    REQUIRE(seen.size() == 8);
    CHECK_FALSE(seen[0].decrypted.has_value());
    CHECK(seen[2].decrypted == true);
    CHECK(seen[2].integrity == IcvState::good);
    CHECK(seen[2].inner == std::vector{PayloadType::idi, PayloadType::auth, PayloadType::sa, PayloadType::tsi,
                                       PayloadType::tsr});
    // The Child SA's keys follow from SK_d and the nonces.
    CHECK(seen[4].esp_opened);
    CHECK(seen[5].esp_opened);
    CHECK(seen[4].inner_source == *Address::parse("10.98.0.1"));
}

TEST_CASE("without SK_d a Child SA stays shut, and it is said what would open it", "[capture]") {
    Conversation talk;
    Tracker tracker{talk.keys(Conversation::Known::ike_without_d)};
    const auto seen = talk.play(tracker);
    CHECK(seen[3].decrypted == true);
    CHECK_FALSE(seen[4].esp_opened);
    CHECK(seen[4].obstacle == "Child SA created at frame 3; needs SK_d of its IKE SA, or its own keys");
}

TEST_CASE("missing keys, wrong keys and a damaged packet are told apart", "[capture]") {
    Conversation talk;
    Tracker none{KeyStore{}};
    auto seen = talk.play(none);
    CHECK(seen[2].decrypted == false);
    CHECK(seen[2].integrity == IcvState::unknown);
    CHECK(seen[2].obstacle == "no keys for this IKE SA");
    CHECK(seen[4].obstacle == "no keys for this SPI");

    Tracker wrong{talk.keys(Conversation::Known::wrong)};
    seen = talk.play(wrong);
    CHECK(seen[2].decrypted == false);
    CHECK(seen[2].integrity == IcvState::bad);
    CHECK(seen[2].obstacle == "the ICV is wrong with the keys for this IKE SA");

    talk.damage(5);
    Tracker fitting{talk.keys(Conversation::Known::ike)};
    seen = talk.play(fitting);
    CHECK(seen[4].esp_opened);
    CHECK_FALSE(seen[5].esp_opened);
}

TEST_CASE("answers and retransmissions are paired with what they belong to", "[capture]") {
    Conversation talk;
    Tracker tracker{talk.keys(Conversation::Known::ike)};
    const auto seen = talk.play(tracker);
    CHECK(seen[1].answers == 1);
    CHECK(seen[3].answers == 3);
    // Frames 7 and 8 are an INFORMATIONAL request, sent twice.
    CHECK(seen[6].repeats == 0);
    CHECK(seen[7].repeats == 7);
    CHECK(seen[7].since == std::chrono::seconds{1});
}

TEST_CASE("the right one of several keys for the same SPIs is found by the ICV", "[capture]") {
    Conversation talk;
    auto keys = talk.keys(Conversation::Known::wrong);
    keys.add(talk.record());
    Tracker tracker{std::move(keys)};
    CHECK(talk.play(tracker)[2].integrity == IcvState::good);
}

TEST_CASE("keys filed under other SPIs are found by the ICV", "[capture]") {
    Conversation talk;
    auto record = talk.record();
    record.spi_i = 1;
    record.spi_r = 2;
    KeyStore keys;
    keys.add(std::move(record));
    Tracker tracker{std::move(keys)};
    CHECK(talk.play(tracker)[2].integrity == IcvState::good);
}

TEST_CASE("no part of any capture of the corpus does harm", "[capture][corpus]") {
    const auto* corpus = std::getenv("IKE_CORPUS");
    if (corpus == nullptr) return;
    std::size_t opened = 0;
    for (const auto& entry :
         std::filesystem::recursive_directory_iterator{std::string{corpus} + "/captures"}) {
        const auto extension = entry.path().extension();
        if (extension != ".pcap" && extension != ".pcapng") continue;
        KeyStore keys;
        for (const auto* name : {".ikev2_decryption_table", ".esp_sa"}) {
            const auto path = entry.path().string() + name;
            if (std::filesystem::exists(path)) (void)keys.load(path);
        }
        Tracker tracker{std::move(keys)};
        auto file = CaptureFile::open(entry.path());
        REQUIRE(file);
        std::size_t prefixes = 0;
        while (const auto frame = file->next()) {
            const auto& seen = tracker.observe(*frame);
            opened += seen.what.kind == Kind::esp && seen.esp.decrypted ? 1 : 0;
            for (std::size_t size = 0; size < frame->octets.size() && ++prefixes < 20'000; ++size) {
                tracker.observe({frame->number, frame->time, frame->link, frame->octets.first(size),
                                 frame->original_size});
            }
        }
    }
    CHECK(opened > 50);
}
