#include "libike/capture/capture_set.hpp"

#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include <filesystem>
#include <fstream>

#include "libike/capture/ordered_file.hpp"
#include "libike/capture/pcapng_writer.hpp"
#include "tests/catch.hpp"

using namespace ike;

namespace {

/// A folder that is gone afterwards.
struct Folder {
    std::filesystem::path path =
        std::filesystem::temp_directory_path() / ("ike-capture-" + std::to_string(::getpid()));
    Folder() { std::filesystem::create_directories(path); }
    ~Folder() { std::filesystem::remove_all(path); }
    std::string file(const std::string& name) const { return (path / name).string(); }
};

void write(const std::string& path, std::initializer_list<int> seconds) {
    auto writer = PcapngWriter::create(path, "test");
    REQUIRE(writer);
    for (const auto each : seconds) {
        const Datagram datagram{{*parse_endpoint("192.0.2.1:500"), *parse_endpoint("192.0.2.2:500")},
                                Bytes(static_cast<std::size_t>(each), 1)};
        writer->write(EpochTime{std::chrono::seconds{each}}, datagram, Direction::out);
    }
    REQUIRE(writer->finish());
}
Bytes octets_of(const std::string& path) {
    std::ifstream file{path, std::ios::binary};
    return Bytes{std::istreambuf_iterator<char>{file}, {}};
}
void put(const std::string& path, ByteView octets) {
    std::ofstream file{path, std::ios::binary};
    file.write(reinterpret_cast<const char*>(octets.data()), static_cast<std::streamsize>(octets.size()));
}
void gzip(const std::string& from, const std::string& to) {
    const auto plain = octets_of(from);
    auto* file = ::gzopen(to.c_str(), "wb");
    REQUIRE(::gzwrite(file, plain.data(), static_cast<unsigned>(plain.size())) ==
            static_cast<int>(plain.size()));
    ::gzclose(file);
}
Bytes zstd(ByteView plain) {
    Bytes packed(::ZSTD_compressBound(plain.size()));
    packed.resize(::ZSTD_compress(packed.data(), packed.size(), plain.data(), plain.size(), 3));
    return packed;
}

struct Read {
    std::vector<std::int64_t> seconds;
    std::vector<std::uint32_t> files;
    std::vector<std::uint64_t> numbers, in_file;
    std::vector<std::string> errors;
};
Read read(const std::vector<std::string>& paths) {
    auto set = CaptureSet::open(paths);
    REQUIRE(set);
    Read all;
    while (const auto frame = set->next()) {
        all.seconds.push_back(frame->time.time_since_epoch().count() / 1'000'000'000);
        all.files.push_back(frame->file);
        all.numbers.push_back(frame->number);
        all.in_file.push_back(frame->number_in_file);
    }
    all.errors = set->errors();
    return all;
}

}  // namespace

TEST_CASE("several captures come as one, by time", "[capture]") {
    const Folder folder;
    write(folder.file("a"), {1, 4, 6});
    write(folder.file("b"), {2, 4, 9});
    const auto all = read({folder.file("a"), folder.file("b")});
    CHECK(all.seconds == std::vector<std::int64_t>{1, 2, 4, 4, 6, 9});
    CHECK(all.files == std::vector<std::uint32_t>{0, 1, 0, 1, 0, 1});
    CHECK(all.numbers == std::vector<std::uint64_t>{1, 2, 3, 4, 5, 6});
    CHECK(all.in_file == std::vector<std::uint64_t>{1, 1, 2, 2, 3, 3});
    CHECK(all.errors.empty());
}

TEST_CASE("standard input is read but once", "[capture]") {
    const std::vector<std::string> twice{"-", "-"};
    CHECK_FALSE(CaptureSet::open(twice));
}

TEST_CASE("compressed captures are read like plain ones", "[capture]") {
    const Folder folder;
    write(folder.file("plain"), {1, 2, 3});
    gzip(folder.file("plain"), folder.file("gz"));
    put(folder.file("zst"), zstd(octets_of(folder.file("plain"))));
    for (const auto* name : {"gz", "zst"}) {
        INFO(name);
        const auto all = read({folder.file(name)});
        CHECK(all.seconds == std::vector<std::int64_t>{1, 2, 3});
        CHECK(all.errors.empty());
    }
    // Streams that are joined are one file, as their own tools have it.
    auto joined = octets_of(folder.file("gz"));
    append(joined, octets_of(folder.file("gz")));
    put(folder.file("joined"), joined);
    CHECK(read({folder.file("joined")}).seconds.size() == 6);
}

TEST_CASE("a compressed capture that is damaged or cut off says so", "[capture]") {
    const Folder folder;
    write(folder.file("plain"), {100, 200, 300});
    for (const auto& packed : {zstd(octets_of(folder.file("plain"))), [&] {
                                   gzip(folder.file("plain"), folder.file("gz"));
                                   return octets_of(folder.file("gz"));
                               }()}) {
        for (std::size_t size = 5; size < packed.size(); ++size) {
            put(folder.file("cut"), ByteView{packed}.first(size));
            auto file = CaptureFile::open(folder.file("cut"));
            if (!file) continue;
            while (file->next()) {
            }
            CHECK(file->error());
        }
    }
}

TEST_CASE("zeros behind what is compressed, and frames of zstd that are to be skipped, do no harm",
          "[capture]") {
    const Folder folder;
    write(folder.file("plain"), {1, 2, 3});
    gzip(folder.file("plain"), folder.file("gz"));
    put(folder.file("padded"), concat(octets_of(folder.file("gz")), Bytes(100, 0)));
    put(folder.file("skips"),
        concat(*from_hex("502a4d180400000061626364"), zstd(octets_of(folder.file("plain")))));
    for (const auto* name : {"padded", "skips"}) {
        INFO(name);
        const auto all = read({folder.file(name)});
        CHECK(all.seconds == std::vector<std::int64_t>{1, 2, 3});
        CHECK(all.errors.empty());
    }
}

TEST_CASE("why nothing of a compressed capture can be read is said, not that it is empty", "[capture]") {
    const Folder folder;
    // A frame header that asks for a window of 2 GiB, as zstd --long=31 writes.
    put(folder.file("window"), *from_hex("28b52ffd04a80100000000"));
    const auto window = CaptureFile::open(folder.file("window"));
    REQUIRE_FALSE(window);
    CHECK(window.error().what.find("--long") != std::string::npos);
    put(folder.file("head"), *from_hex("1f8b0800000000000003"));
    const auto head = CaptureFile::open(folder.file("head"));
    REQUIRE_FALSE(head);
    CHECK(head.error().what.find("is cut off") != std::string::npos);
}

TEST_CASE("a file that cannot be read is not taken for an empty one", "[capture]") {
    // Its first page is never mapped, so reading there fails.
    const auto memory = CaptureFile::open("/proc/self/mem");
    REQUIRE_FALSE(memory);
    CHECK(memory.error().what.find("cannot be read") != std::string::npos);
}

TEST_CASE("frames in disorder come in the order of time, unless the clock was set", "[capture]") {
    const Folder folder;
    const auto read = [&](std::initializer_list<int> seconds) {
        write(folder.file("disorder"), seconds);
        auto file = OrderedFile::open(folder.file("disorder"));
        REQUIRE(file);
        std::vector<std::pair<std::int64_t, std::uint64_t>> found;  // second, number
        while (const auto frame = file->next())
            found.emplace_back(frame->time.time_since_epoch().count() / 1'000'000'000, frame->number);
        return found;
    };
    using Found = std::vector<std::pair<std::int64_t, std::uint64_t>>;
    CHECK(read({10, 12, 11, 13}) == Found{{10, 1}, {11, 3}, {12, 2}, {13, 4}});
    // Two uplinks of one host, one file behind the other.
    CHECK(read({10, 12, 30, 11, 20, 29}) == Found{{10, 1}, {11, 4}, {12, 2}, {20, 5}, {29, 6}, {30, 3}});
    // Set back by ten seconds after a while, and to another day.
    CHECK(read({10, 20, 40, 30, 31}) == Found{{10, 1}, {20, 2}, {40, 3}, {30, 4}, {31, 5}});
    CHECK(read({100, 110, 5, 6}) == Found{{100, 1}, {110, 2}, {5, 3}, {6, 4}});
    CHECK_FALSE(OrderedFile::open(folder.file("nothing")));
}
