#include "libike/capture/pcapng_writer.hpp"

#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "libike/base/checksum.hpp"
#include "libike/capture/capture_file.hpp"
#include "tests/catch.hpp"

using namespace ike;

namespace {

/// A file name of its own, gone with it.
class Scratch {
public:
    Scratch()
        : path_{std::filesystem::temp_directory_path() / ("ike-capture-" + std::to_string(::getpid()))} {}
    ~Scratch() { std::filesystem::remove(path_); }
    std::string path() const { return path_.string(); }

private:
    std::filesystem::path path_;
};

Datagram datagram(std::string_view local, std::string_view remote, Carrier carrier = Carrier::udp) {
    return {{*parse_endpoint(local), *parse_endpoint(remote)}, Bytes{1, 2, 3, 4, 5}, carrier};
}
const EpochTime noon{std::chrono::nanoseconds{1'700'000'000'123'456'789}};

}  // namespace

TEST_CASE("what the writer wrote, the reader reads: time to the nanosecond, octets, direction", "[capture]") {
    Scratch scratch;
    auto writer = PcapngWriter::create(scratch.path(), "test");
    REQUIRE(writer);
    writer->write(noon, datagram("192.0.2.1:500", "203.0.113.2:4500"), Direction::out, "hello");
    writer->write(noon, datagram("[2001:db8::1]:500", "[2001:db8::2]:500"), Direction::in);
    writer->write_packet(noon, Bytes(1500, 7));

    // Not finished: as a process that was killed would leave it.
    auto file = CaptureFile::open(scratch.path());
    REQUIRE(file);
    const auto out = file->next();
    REQUIRE(out);
    CHECK(out->number == 1);
    CHECK(out->time == noon);
    CHECK(out->link == LinkType::raw);
    CHECK(hex(out->octets.subspan(12, 8)) == "c0000201cb007102");
    CHECK(hex(out->octets.subspan(20, 6)) == "01f41194000d");
    CHECK(hex(out->octets.subspan(28)) == "0102030405");
    const auto in = file->next();
    REQUIRE(in);
    CHECK(hex(in->octets.subspan(8, 16)) == "20010db8000000000000000000000002");
    const auto inner = file->next();
    REQUIRE(inner);
    CHECK(inner->octets.size() == 1500);
    CHECK_FALSE(file->next());
    CHECK_FALSE(file->error());
}

TEST_CASE("synthesised headers carry right checksums", "[capture][rfc791][rfc768]") {
    const auto v4 = ip_packet(*parse_endpoint("192.0.2.1:500"), *parse_endpoint("203.0.113.2:4500"),
                              Carrier::udp, Bytes{1, 2, 3});
    REQUIRE(v4);
    CHECK(checksum_finish(checksum_add(0, ByteView{*v4}.first(20))) == 0);
    auto sum = checksum_add(0, ByteView{*v4}.subspan(12, 8)) + 17 + v4->size() - 20;
    CHECK(checksum_finish(checksum_add(sum, ByteView{*v4}.subspan(20))) == 0);

    const auto v6 = ip_packet(*parse_endpoint("[2001:db8::1]:500"), *parse_endpoint("[2001:db8::2]:500"),
                              Carrier::udp, Bytes(100, 9));
    REQUIRE(v6);
    sum = checksum_add(0, ByteView{*v6}.subspan(8, 32)) + 17 + v6->size() - 40;
    CHECK(checksum_finish(checksum_add(sum, ByteView{*v6}.subspan(40))) == 0);
}

TEST_CASE("native ESP goes right behind the IP header", "[capture][rfc4303]") {
    const auto packet = ip_packet(*parse_endpoint("192.0.2.1:0"), *parse_endpoint("203.0.113.2:0"),
                                  Carrier::native_esp, Bytes{0xc0, 1, 2, 3});
    REQUIRE(packet);
    CHECK((*packet)[9] == 50);
    CHECK(hex(ByteView{*packet}.subspan(20)) == "c0010203");
}

TEST_CASE("addresses of two families make no packet", "[capture]") {
    CHECK_FALSE(ip_packet(*parse_endpoint("192.0.2.1:0"), *parse_endpoint("[::1]:0"), Carrier::udp, {}));
}

TEST_CASE("a capture that cannot be written is an error that names the file", "[capture]") {
    const auto writer = PcapngWriter::create("/nowhere/at/all.pcapng", "test");
    REQUIRE_FALSE(writer);
    CHECK(writer.error().what ==
          "cannot write the capture /nowhere/at/all.pcapng: No such file or directory");
}
