// The pcapng half of CaptureFile: blocks of draft-ietf-opsawg-pcapng section 4.
#include <fmt/format.h>

#include <bit>
#include <cstring>
#include <utility>

#include "libike/capture/capture_file.hpp"

namespace ike {
namespace {

constexpr std::uint32_t block_section = 0x0a0d0d0a;
constexpr std::uint32_t block_interface = 1;
constexpr std::uint32_t block_packet = 2;  // obsolete
constexpr std::uint32_t block_simple = 3;
constexpr std::uint32_t block_enhanced = 6;
constexpr std::uint32_t byte_order_magic = 0x1a2b3c4d;
constexpr std::uint16_t option_time_resolution = 9;
constexpr std::uint16_t option_time_offset = 14;
/// Longer than any block with a packet in it; what claims more is damaged.
constexpr std::uint32_t longest_block = 1 << 24;
constexpr std::size_t most_interfaces = 65536;

/// if_tsresol: a negative power of 10, or of 2 where the top bit is set; ticks a second. Nothing where they
/// do not fit 64 bits.
std::optional<std::uint64_t> ticks_per_second(std::uint8_t resolution) {
    const unsigned power = resolution & 0x7f;
    if (resolution & 0x80) return power < 64 ? std::optional{std::uint64_t{1} << power} : std::nullopt;
    if (power > 19) return std::nullopt;
    std::uint64_t ticks = 1;
    for (unsigned i = 0; i < power; ++i) ticks *= 10;
    return ticks;
}

}  // namespace

std::optional<Frame> CaptureFile::next_pcapng() {
    while (true) {
        source_.skip(std::exchange(pending_, 0));
        const auto head = source_.peek(12);
        if (head.empty()) return std::nullopt;
        if (head.size() < 12) return stop("the file is cut off in a block");
        const auto type = number32(head.data());
        if (type == block_section && !section_header()) return std::nullopt;
        const auto length = number32(&source_.peek(12)[4]);
        if (length < 12 || length % 4 != 0 || length > longest_block) {
            return stop(fmt::format("a block claims {} octets", length));
        }
        const auto block = source_.peek(length);
        if (block.size() < length) return stop("the file is cut off in a block");
        pending_ = length;
        const auto body = block.subspan(8, length - 12);
        if (type == block_interface) interface_description(body);
        if (auto found = block_frame(type, body)) return found;
        if (error_) return std::nullopt;
    }
}

/// A new section: byte order and interfaces begin anew.
bool CaptureFile::section_header() {
    const auto head = source_.peek(12);
    swapped_ = false;
    const auto magic = number32(&head[8]);
    swapped_ = magic == std::byteswap(byte_order_magic);
    interfaces_.clear();
    if (!swapped_ && magic != byte_order_magic) stop("a section without byte order");
    return !error_;
}

void CaptureFile::interface_description(ByteView body) {
    if (body.size() < 8 || interfaces_.size() >= most_interfaces) return;
    Interface interface;
    interface.link = static_cast<LinkType>(number16(body.data()));
    interface.snap_length = number32(&body[4]);
    for (auto options = body.subspan(8); options.size() >= 4;) {
        const auto code = number16(options.data());
        const std::size_t size = number16(&options[2]);
        const auto padded = (size + 3) / 4 * 4;
        if (code == 0 || options.size() - 4 < size) break;
        const auto value = options.subspan(4, size);
        if (code == option_time_resolution && size == 1) {
            if (const auto ticks = ticks_per_second(value[0])) interface.ticks_per_second = *ticks;
        }
        if (code == option_time_offset && size == 8) {
            std::uint64_t offset{};
            std::memcpy(&offset, value.data(), sizeof offset);
            interface.offset_seconds = static_cast<std::int64_t>(swapped_ ? std::byteswap(offset) : offset);
        }
        options = options.subspan(std::min(options.size(), 4 + padded));
    }
    interfaces_.push_back(interface);
}

std::optional<Frame> CaptureFile::block_frame(std::uint32_t type, ByteView body) {
    if (type == block_enhanced) return enhanced_packet(body);
    if (type == block_packet) return obsolete_packet(body);
    if (type == block_simple) return simple_packet(body);
    return std::nullopt;
}

std::optional<Frame> CaptureFile::enhanced_packet(ByteView body) {
    if (body.size() < 20) return stop("a packet block without its head");
    const auto index = number32(body.data());
    const auto ticks = std::uint64_t{number32(&body[4])} << 32 | number32(&body[8]);
    const auto captured = number32(&body[12]);
    if (index >= interfaces_.size())
        return stop(fmt::format("a packet of interface {}, which is not there", index));
    if (captured > body.size() - 20) return stop("a packet longer than its block");
    return frame(interfaces_[index], 0, ticks, body.subspan(20, captured), number32(&body[16]));
}

std::optional<Frame> CaptureFile::obsolete_packet(ByteView body) {
    if (body.size() < 20) return stop("a packet block without its head");
    const auto index = number16(body.data());
    const auto ticks = std::uint64_t{number32(&body[4])} << 32 | number32(&body[8]);
    const auto captured = number32(&body[12]);
    if (index >= interfaces_.size())
        return stop(fmt::format("a packet of interface {}, which is not there", index));
    if (captured > body.size() - 20) return stop("a packet longer than its block");
    return frame(interfaces_[index], 0, ticks, body.subspan(20, captured), number32(&body[16]));
}

/// A packet without a time; it gets the epoch.
std::optional<Frame> CaptureFile::simple_packet(ByteView body) {
    if (body.size() < 4 || interfaces_.empty()) return stop("a simple packet block without its head");
    const auto& interface = interfaces_.front();
    const auto original = number32(body.data());
    auto captured = std::min<std::size_t>(original, body.size() - 4);
    if (interface.snap_length != 0) captured = std::min<std::size_t>(captured, interface.snap_length);
    auto timeless = interface;
    timeless.offset_seconds = 0;
    return frame(timeless, 0, 0, body.subspan(4, captured), original);
}

}  // namespace ike
