// Captures of others, where IKE_CORPUS names a directory that has them.
#include <pcap/pcap.h>

#include <cstdlib>
#include <filesystem>
#include <memory>

#include "tests/catch.hpp"
#include "tests/wire/lossless.hpp"

using namespace ike;
using namespace ike::test;

namespace {

struct Close {
    void operator()(pcap_t* capture) const { pcap_close(capture); }
};

/// Octets from the IP header on; nothing for link layers that the corpus does not have.
ByteView ip_packet(int link, ByteView frame) {
    std::size_t skip = frame.size();
    if (link == DLT_EN10MB) skip = 14;
    if (link == DLT_LINUX_SLL) skip = 16;
    if (link == DLT_NULL) skip = 4;
    if (link == DLT_RAW || link == DLT_IPV4 || link == DLT_IPV6) skip = 0;
    return frame.subspan(std::min(skip, frame.size()));
}

/// The IKE message in an unfragmented UDP datagram on port 500 or 4500.
std::optional<ByteView> ike_message(ByteView packet) {
    Reader in{packet};
    const auto version = in.number<std::uint8_t>("version");
    const bool v6 = version >> 4 == 6;
    in.take(v6 ? 5 : 8, "to protocol");
    const auto protocol = in.number<std::uint8_t>("protocol");
    in.take(v6 ? 33 : (version & 15) * 4 - 10, "to transport");
    const auto source = in.number<std::uint16_t>("source port");
    const auto destination = in.number<std::uint16_t>("destination port");
    const auto length = in.number<std::uint16_t>("length");
    in.take(2, "checksum");
    if (in.failed() || protocol != 17 || length < 8 || length - 8u > in.remaining()) return std::nullopt;
    auto payload = in.take(length - 8u, "payload");
    if (source == 500 || destination == 500) return payload;
    if (source != 4500 && destination != 4500) return std::nullopt;
    const bool marked =
        payload.size() >= 4 && std::ranges::all_of(payload.first(4), [](auto o) { return o == 0; });
    return marked ? std::optional{payload.subspan(4)} : std::nullopt;
}

struct Count {
    int all = 0;
    int whole = 0;  ///< version 2, without any error
};

Count examine(const std::filesystem::path& path) {
    char error[PCAP_ERRBUF_SIZE];
    const std::unique_ptr<pcap_t, Close> capture{pcap_open_offline(path.c_str(), error)};
    Count count;
    if (!capture) return count;
    const u_char* data = nullptr;
    for (pcap_pkthdr* about = nullptr; pcap_next_ex(capture.get(), &about, &data) == 1;) {
        const auto octets = ike_message(ip_packet(pcap_datalink(capture.get()), {data, about->caplen}));
        if (!octets) continue;
        ++count.all;
        if (const auto lost = loss(*octets); !lost.empty()) FAIL(path.string() << ": " << lost);
        const auto message = parse_message(*octets);
        if (message && message->header.major() == 2) ++count.whole;
    }
    return count;
}

/// Nothing, with a remark, when there is no corpus here.
std::optional<std::filesystem::path> captures_folder() {
    const char* corpus = std::getenv("IKE_CORPUS");
    if (corpus != nullptr) return std::filesystem::path{corpus} / "captures";
    WARN("IKE_CORPUS is not set");
    return std::nullopt;
}

}  // namespace

TEST_CASE("captured messages are read and written without loss", "[wire][corpus]") {
    const auto captures = captures_folder();
    if (!captures) return;
    int all = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator{*captures}) {
        if (entry.is_regular_file()) all += examine(entry.path()).all;
    }
    CHECK(all > 300);
}

TEST_CASE("captured IKEv2 messages that tshark finds whole are taken apart to the last payload",
          "[wire][corpus]") {
    const auto captures = captures_folder();
    if (!captures) return;
    CHECK(examine(*captures / "cisco-joy/ikev2.pcap").whole == 6);
    CHECK(examine(*captures / "rfc7634/rfc7634-appendixB-ikev2-informational.pcap").whole == 1);
    CHECK(examine(*captures / "scapy/ikev2_notify_redirect.pcap").whole == 4);
    CHECK(examine(*captures / "tcpdump/ikev2four.pcap").whole == 21);
    CHECK(examine(*captures / "wireshark-wiki/ipsec.cap").whole == 245);
}
