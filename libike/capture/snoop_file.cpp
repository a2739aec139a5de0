// The snoop half of CaptureFile (RFC 1761), which Solaris and some firewalls write. Always big-endian,
// microseconds.
#include <fmt/format.h>

#include <array>
#include <bit>
#include <utility>

#include "libike/capture/capture_file.hpp"

namespace ike {
namespace {

constexpr std::size_t file_header = 16;
constexpr std::size_t record_header = 24;
constexpr std::uint32_t longest_record = 1 << 20;
constexpr std::array<std::uint8_t, 8> magic{'s', 'n', 'o', 'o', 'p', 0, 0, 0};
constexpr std::uint32_t datatype_ethernet = 4;

}  // namespace

Result<CaptureFile> CaptureFile::begin_snoop(CaptureFile file) {
    const auto head = file.source_.peek(file_header);
    if (head.size() < file_header || !equal(head.first(magic.size()), magic))
        return failure("is cut off in its header");
    file.swapped_ = std::endian::native == std::endian::little;
    file.format_ = Format::snoop;
    const auto type = file.number32(&head[12]);
    if (type != datatype_ethernet)
        return failure(fmt::format("is a snoop file of data link type {}, not Ethernet", type));
    file.interfaces_.push_back({LinkType::ethernet});
    file.pending_ = file_header;
    return file;
}

std::optional<Frame> CaptureFile::next_snoop() {
    source_.skip(std::exchange(pending_, 0));
    auto record = source_.peek(record_header);
    if (record.empty()) return std::nullopt;
    if (record.size() < record_header) return stop("the file is cut off in a record");
    const auto original = number32(record.data());
    const auto captured = number32(&record[4]);
    const auto length = number32(&record[8]);
    const auto seconds = number32(&record[16]);
    const auto microseconds = number32(&record[20]);
    if (length > longest_record || captured > longest_record || length < record_header + captured) {
        return stop(fmt::format("a record claims {} octets", length));
    }
    record = source_.peek(length);
    if (record.size() < length) return stop("the file is cut off in a frame");
    pending_ = length;
    return frame(interfaces_.front(), seconds, microseconds, record.subspan(record_header, captured),
                 original);
}

}  // namespace ike
