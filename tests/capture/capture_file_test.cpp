#include "libike/capture/capture_file.hpp"

#include <cstdlib>
#include <filesystem>

#include "libike/base/writer.hpp"
#include "tests/catch.hpp"

using namespace ike;

namespace {

/// A pcap file with one frame "abc" at 1.000005 (or ...05 ns), byte order and magic as wanted.
Bytes pcap(std::uint32_t magic, bool swap) {
    Bytes out;
    auto put32 = [&](std::uint32_t value) {
        for (int i = 0; i < 4; ++i) out.push_back(static_cast<std::uint8_t>(value >> 8 * (swap ? 3 - i : i)));
    };
    put32(magic);
    put32(swap ? 0x00020004 : 0x00040002);
    for (const std::uint32_t value : {0u, 0u, 65535u, 101u, 1u, 5u, 3u, 9u}) put32(value);
    append(out, to_bytes(std::string_view{"abc"}));
    return out;
}

}  // namespace

TEST_CASE("pcap files of either byte order and resolution are read", "[capture]") {
    for (const bool swap : {false, true}) {
        for (const auto& [magic, fraction] : {std::pair{0xa1b2c3d4u, 5000}, {0xa1b23c4du, 5}}) {
            const auto octets = pcap(magic, swap);
            auto file = CaptureFile::from(octets);
            REQUIRE(file);
            const auto frame = file->next();
            REQUIRE(frame);
            CHECK(frame->time.time_since_epoch().count() == 1'000'000'000 + fraction);
            CHECK(frame->link == LinkType::raw);
            CHECK(hex(frame->octets) == "616263");
            CHECK(frame->original_size == 9);
            CHECK_FALSE(file->next());
            CHECK_FALSE(file->error());
        }
    }
}

TEST_CASE("a capture cut off anywhere is read so far and said to be cut off", "[capture]") {
    const auto octets = pcap(0xa1b2c3d4, false);
    for (std::size_t size = 0; size < octets.size(); ++size) {
        auto file = CaptureFile::from(ByteView{octets}.first(size));
        INFO(size);
        CHECK(file.has_value() == (size >= 24));
        if (!file) continue;
        CHECK_FALSE(file->next());
        CHECK(file->error().has_value() == (size > 24));
    }
}

TEST_CASE("what is no capture is refused with a reason", "[capture]") {
    const auto text = to_bytes(std::string_view{"Dear sir or madam, here is my capture"});
    const auto file = CaptureFile::from(text);
    REQUIRE_FALSE(file);
    CHECK(file.error().what == "is no pcap, pcapng or snoop file");
    const auto none = CaptureFile::open("/nowhere/at/all.pcap");
    REQUIRE_FALSE(none);
    CHECK(none.error().what == "cannot open /nowhere/at/all.pcap: No such file or directory");
}

TEST_CASE("every capture of the corpus is read to its end", "[capture][corpus]") {
    const auto* corpus = std::getenv("IKE_CORPUS");
    if (corpus == nullptr) return;
    std::size_t files = 0;
    for (const auto& entry :
         std::filesystem::recursive_directory_iterator{std::string{corpus} + "/captures"}) {
        const auto extension = entry.path().extension();
        if (extension != ".pcap" && extension != ".pcapng" && extension != ".cap") continue;
        INFO(entry.path());
        auto whole = CaptureFile::open(entry.path());
        REQUIRE(whole);
        std::size_t frames = 0;
        while (whole->next()) ++frames;
        CHECK(frames > 0);
        CHECK_FALSE(whole->error());
        ++files;
    }
    CHECK(files > 50);
}
