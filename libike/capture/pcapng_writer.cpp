#include "libike/capture/pcapng_writer.hpp"

#include <bit>
#include <cerrno>
#include <cstring>

namespace ike {
namespace {

// draft-ietf-opsawg-pcapng sections 4.1 to 4.3, draft-ietf-opsawg-pcaplinktype.
constexpr std::uint32_t section_header = 0x0a0d0d0a;
constexpr std::uint32_t interface_description = 1;
constexpr std::uint32_t enhanced_packet = 6;
constexpr std::uint32_t byte_order_magic = 0x1a2b3c4d;
constexpr std::uint16_t linktype_raw = 101;
constexpr std::uint32_t snap_length = 262144;
constexpr std::uint16_t option_comment = 1;
constexpr std::uint16_t option_user_application = 4;  // of a section header
constexpr std::uint16_t option_time_resolution = 9;   // of an interface description
constexpr std::uint16_t option_flags = 2;             // of an enhanced packet
constexpr std::uint32_t flag_inbound = 1;
constexpr std::uint32_t flag_outbound = 2;
constexpr std::size_t longest_option = 65535;

/// Fields of a block in little-endian order, whatever the machine.
class BlockWriter {
public:
    BlockWriter(Bytes& to, std::uint32_t type) : out_{to} {
        out_.clear();
        number(type);
        number(std::uint32_t{0});  // the length, once known
    }
    template <std::unsigned_integral T>
    void number(T value) {
        for (std::size_t i = 0; i < sizeof(T); ++i) out_.push_back(static_cast<std::uint8_t>(value >> 8 * i));
    }
    void padded(ByteView octets) {
        append(out_, octets);
        out_.resize((out_.size() + 3) / 4 * 4);
    }
    void option(std::uint16_t code, ByteView value) {
        value = value.first(std::min(value.size(), longest_option));
        number(code);
        number(static_cast<std::uint16_t>(value.size()));
        padded(value);
        has_options_ = true;
    }
    void finish() {
        if (has_options_) number(std::uint32_t{0});  // opt_endofopt
        const auto length = static_cast<std::uint32_t>(out_.size() + 4);
        number(length);
        for (std::size_t i = 0; i < 4; ++i) out_[4 + i] = static_cast<std::uint8_t>(length >> 8 * i);
    }

private:
    Bytes& out_;
    bool has_options_ = false;
};

ByteView characters(std::string_view text) {
    return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

}  // namespace

void PcapngWriter::Close::operator()(std::FILE* file) const {
    if (file == stdout) {
        std::fflush(file);
    } else {
        std::fclose(file);
    }
}

Result<PcapngWriter> PcapngWriter::create(const std::string& path, std::string_view application,
                                          Flush flush) {
    std::unique_ptr<std::FILE, Close> file{path == "-" ? stdout : std::fopen(path.c_str(), "wb")};
    if (!file) return failure("cannot write the capture " + path + ": " + std::strerror(errno));
    PcapngWriter writer{std::move(file), path, flush};
    writer.write_header(application);
    if (const auto done = writer.finish(); !done) return std::unexpected{done.error()};
    return writer;
}

PcapngWriter::PcapngWriter(std::unique_ptr<std::FILE, Close> file, std::string path, Flush flush)
    : file_{std::move(file)}, path_{std::move(path)}, flush_{flush} {}

void PcapngWriter::write_header(std::string_view application) {
    BlockWriter section{block_, section_header};
    section.number(byte_order_magic);
    section.number(std::uint16_t{1});
    section.number(std::uint16_t{0});
    section.number(~std::uint64_t{0});  // section length: not given
    if (!application.empty()) section.option(option_user_application, characters(application));
    section.finish();
    put(block_);

    BlockWriter interface { block_, interface_description };
    interface.number(linktype_raw);
    interface.number(std::uint16_t{0});
    interface.number(snap_length);
    const std::uint8_t nanoseconds = 9;
    interface.option(option_time_resolution, {&nanoseconds, 1});
    interface.finish();
    put(block_);
}

void PcapngWriter::write(EpochTime time, const Datagram& datagram, Direction direction,
                         std::string_view comment) {
    const bool out = direction == Direction::out;
    const auto& [local, remote] = datagram.path;
    const auto packet =
        ip_packet(out ? local : remote, out ? remote : local, datagram.carrier, datagram.octets);
    if (packet) write_block(time, *packet, out ? flag_outbound : flag_inbound, comment);
}

void PcapngWriter::write_packet(EpochTime time, ByteView packet, std::string_view comment) {
    write_block(time, packet, 0, comment);
}

void PcapngWriter::write_block(EpochTime time, ByteView packet, std::uint32_t flags,
                               std::string_view comment) {
    const auto ticks = static_cast<std::uint64_t>(time.time_since_epoch().count());
    const auto captured = packet.first(std::min<std::size_t>(packet.size(), snap_length));
    BlockWriter block{block_, enhanced_packet};
    block.number(std::uint32_t{0});  // interface
    block.number(static_cast<std::uint32_t>(ticks >> 32));
    block.number(static_cast<std::uint32_t>(ticks));
    block.number(static_cast<std::uint32_t>(captured.size()));
    block.number(static_cast<std::uint32_t>(packet.size()));
    block.padded(captured);
    if (!comment.empty()) block.option(option_comment, characters(comment));
    if (flags != 0) {
        std::array<std::uint8_t, 4> value{static_cast<std::uint8_t>(flags)};
        block.option(option_flags, value);
    }
    block.finish();
    put(block_);
    if (flush_ == Flush::each_packet) (void)finish();
}

void PcapngWriter::put(ByteView octets) {
    if (error_ != 0) return;
    errno = 0;
    if (std::fwrite(octets.data(), 1, octets.size(), file_.get()) != octets.size())
        error_ = errno ? errno : EIO;
}

Result<bool> PcapngWriter::finish() {
    if (error_ == 0 && std::fflush(file_.get()) != 0) error_ = errno;
    if (error_ != 0) return failure("cannot write the capture " + path_ + ": " + std::strerror(error_));
    return true;
}

}  // namespace ike
