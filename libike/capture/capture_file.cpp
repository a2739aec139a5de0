#include "libike/capture/capture_file.hpp"

#include <fmt/format.h>

#include <bit>
#include <cstring>
#include <utility>

namespace ike {
namespace {

constexpr std::uint32_t magic_microseconds = 0xa1b2c3d4;
constexpr std::uint32_t magic_nanoseconds = 0xa1b23c4d;
constexpr std::uint32_t magic_modified = 0xa1b2cd34;  // Kuznetzov's, with 8 more octets a record
constexpr std::size_t pcap_header = 24;
constexpr std::size_t pcap_record = 16;
/// Longer than any frame that libpcap captures; what claims more is damaged.
constexpr std::uint32_t longest_frame = 1 << 20;

constexpr std::uint64_t second = 1'000'000'000;  // in nanoseconds

std::uint64_t fraction_of_second(std::uint64_t ticks, std::uint64_t per_second) {
    constexpr std::uint64_t microseconds = 1'000'000;
    if (per_second == microseconds) return ticks * (second / microseconds);  // nearly all
    if (second % per_second == 0) return ticks * (second / per_second);
    return static_cast<std::uint64_t>(static_cast<long double>(ticks) * second / per_second);
}

}  // namespace

std::string to_string(LinkType link) {
    switch (link) {
        case LinkType::null:
            return "BSD null";
        case LinkType::ethernet:
            return "Ethernet";
        case LinkType::ppp:
        case LinkType::ppp_hdlc:
        case LinkType::ppp_pppd:
        case LinkType::ppp_with_direction:
            return "PPP";
        case LinkType::pppoe:
            return "PPPoE";
        case LinkType::raw_bsd:
        case LinkType::raw_openbsd:
        case LinkType::raw:
            return "raw IP";
        case LinkType::rfc1483:
            return "LLC over ATM";
        case LinkType::cisco_hdlc:
            return "Cisco HDLC";
        case LinkType::ieee80211:
            return "802.11";
        case LinkType::loop:
            return "BSD loop";
        case LinkType::enc:
            return "BSD enc";
        case LinkType::linux_sll:
            return "Linux cooked";
        case LinkType::pflog:
            return "BSD pflog";
        case LinkType::radiotap:
            return "802.11 radiotap";
        case LinkType::ppi:
            return "PPI";
        case LinkType::ipv4:
            return "raw IPv4";
        case LinkType::ipv6:
            return "raw IPv6";
        case LinkType::nflog:
            return "Linux netfilter log";
        case LinkType::pktap:
            return "Apple PKTAP";
        case LinkType::linux_sll2:
            return "Linux cooked 2";
    }
    return fmt::format("link type {}", static_cast<unsigned>(link));
}

std::nullopt_t CaptureFile::stop(std::string why) {
    error_ = fmt::format("{} (octet {})", why, source_.position());
    return std::nullopt;
}

Result<CaptureFile> CaptureFile::open(const std::string& path) {
    auto source = ByteSource::open(path);
    if (!source) return std::unexpected{source.error()};
    auto file = begin(std::move(*source));
    if (!file) file.error().what = path + ": " + file.error().what;
    return file;
}
Result<CaptureFile> CaptureFile::from(ByteView octets) { return begin(ByteSource{octets}); }

Result<CaptureFile> CaptureFile::begin(ByteSource source) {
    CaptureFile file{std::move(source)};
    const auto head = file.source_.peek(pcap_header);
    if (head.size() < pcap_header && file.source_.damage()) return failure(*file.source_.damage());
    if (head.size() < 4) return failure(head.empty() ? "is empty" : "is too short for a capture");
    auto magic = file.number32(head.data());
    if (magic == 0x0a0d0d0a) {  // the same in either order
        file.format_ = Format::pcapng;
        return file;
    }
    if (equal(head.first(4), std::array<std::uint8_t, 4>{'s', 'n', 'o', 'o'}))
        return begin_snoop(std::move(file));
    file.swapped_ = std::byteswap(magic) == magic_microseconds || std::byteswap(magic) == magic_nanoseconds ||
                    std::byteswap(magic) == magic_modified;
    if (file.swapped_) magic = std::byteswap(magic);
    if (magic != magic_microseconds && magic != magic_nanoseconds && magic != magic_modified) {
        return failure("is no pcap, pcapng or snoop file");
    }
    if (head.size() < pcap_header) return failure("is cut off in its header");
    Interface interface;
    interface.link = static_cast<LinkType>(file.number32(&head[20]) & 0xffff);
    interface.snap_length = magic == magic_modified ? 8 : 0;  // octets between record header and frame
    if (magic == magic_nanoseconds) interface.ticks_per_second = 1'000'000'000;
    file.interfaces_.push_back(interface);
    file.pending_ = pcap_header;
    return file;
}

std::optional<Frame> CaptureFile::next() {
    if (error_) return std::nullopt;
    auto found = next_record();
    // The cause rather than what follows from it.
    if (!found && source_.damage()) error_ = *source_.damage();
    if (!found && source_.interrupted()) error_.reset();
    return found;
}

std::optional<Frame> CaptureFile::next_record() {
    switch (format_) {
        case Format::pcapng:
            return next_pcapng();
        case Format::snoop:
            return next_snoop();
        case Format::pcap:
            break;
    }
    return next_pcap();
}

std::optional<Frame> CaptureFile::next_pcap() {
    const auto& interface = interfaces_.front();
    const std::size_t head_size = pcap_record + interface.snap_length;
    source_.skip(std::exchange(pending_, 0));
    auto record = source_.peek(head_size);
    if (record.empty()) return std::nullopt;
    if (record.size() < head_size) return stop("the file is cut off in a record");
    const std::uint64_t seconds = number32(record.data());
    const std::uint64_t fraction = number32(&record[4]);
    const auto captured = number32(&record[8]);
    const auto original = number32(&record[12]);
    if (captured > longest_frame) return stop(fmt::format("a frame claims {} octets", captured));
    record = source_.peek(head_size + captured);
    if (record.size() < head_size + captured) return stop("the file is cut off in a frame");
    pending_ = record.size();
    // The next record's beginning, fetched while this one is looked at. (A hint: any address will do.)
    for (std::size_t ahead = 0; ahead < 256; ahead += 64)
        __builtin_prefetch(record.data() + record.size() + ahead);
    return frame(interface, seconds, fraction, record.subspan(head_size), original);
}

Frame CaptureFile::frame(const Interface& interface, std::uint64_t seconds, std::uint64_t ticks,
                         ByteView octets, std::uint32_t size) {
    const auto per_second = interface.ticks_per_second;
    if (ticks >= per_second) {
        seconds += ticks / per_second;
        ticks %= per_second;
    }
    seconds += static_cast<std::uint64_t>(interface.offset_seconds);
    // Far future or damage: what does not fit 64-bit nanoseconds wraps around, harmlessly.
    const auto nanoseconds = seconds * second + fraction_of_second(ticks, per_second);
    const EpochTime time{std::chrono::nanoseconds{static_cast<std::int64_t>(nanoseconds)}};
    return Frame{
        ++count_, time, interface.link,    octets, std::max(size, static_cast<std::uint32_t>(octets.size())),
        0,        0,    source_.position()};
}

}  // namespace ike
