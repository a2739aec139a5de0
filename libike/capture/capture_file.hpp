#pragma once
// Reading captures: pcap and pcapng, either byte order, micro- and nanoseconds, plain or compressed, from a
// file or a pipe (as its octets come). Nothing is allocated per packet.
#include <array>
#include <bit>
#include <cstring>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "libike/base/error.hpp"
#include "libike/base/octets.hpp"
#include "libike/capture/decompressor.hpp"
#include "libike/capture/time.hpp"

namespace ike {

/// A LINKTYPE_ value: what a captured frame begins with.
enum class LinkType : std::uint16_t {
    null = 0,
    ethernet = 1,
    ppp = 9,
    raw_bsd = 12,      ///< DLT_RAW where an old libpcap wrote it into a file
    raw_openbsd = 14,  ///< the same on OpenBSD
    ppp_hdlc = 50,
    pppoe = 51,
    rfc1483 = 100,  ///< LLC, as over ATM
    raw = 101,
    cisco_hdlc = 104,
    ieee80211 = 105,
    loop = 108,
    enc = 109,  ///< BSD's enc(4): IPsec before and after it is opened
    linux_sll = 113,
    pflog = 117,
    radiotap = 127,
    ppp_pppd = 166,
    ppi = 192,
    ppp_with_direction = 204,
    ipv4 = 228,
    ipv6 = 229,
    nflog = 239,
    pktap = 258,  ///< Apple's, of phones too
    linux_sll2 = 276,
};
/// "Ethernet", "raw IP", "link type 147"
std::string to_string(LinkType link);

/// One captured frame. `octets` are a view that stays valid until the next frame is asked for.
struct Frame {
    std::uint64_t number = 0;  ///< 1-based, in the order of the file
    EpochTime time{};
    LinkType link{};
    ByteView octets;
    /// Octets on the wire; more than octets.size() where the capture cut off.
    std::uint32_t original_size = 0;
    std::uint32_t file = 0;            ///< which of several files it is from
    std::uint64_t number_in_file = 0;  ///< of several captures, 1-based; else 0
    std::uint64_t position = 0;        ///< of its record, in the octets of the file
};

/// Octets in order, of memory, a file or a pipe, compressed or not.
class ByteSource {
public:
    static Result<ByteSource> open(const std::string& path);  ///< "-": standard input
    explicit ByteSource(ByteView octets) : view_{octets} {}
    ByteSource(ByteSource&& other) noexcept;
    ByteSource& operator=(ByteSource&&) = delete;
    ~ByteSource();
    /// The next `count` octets without stepping over them; fewer at the end. Waits for a pipe. The view stays
    /// valid until the next call.
    ByteView peek(std::size_t count) {
        return view_.size() >= at_ + count ? view_.subspan(at_, count) : peek_further(count);
    }
    void skip(std::size_t count) { at_ += count; }
    std::uint64_t position() const { return passed_ + at_; }
    /// Whether fewer than `count` octets are at hand and the next come from a pipe, or have to be unpacked.
    bool would_wait(std::size_t count) const {
        return descriptor_ >= 0 && !regular_ && view_.size() < at_ + count;
    }
    /// Told before views of what lies before a position() become invalid.
    using LetGo = std::function<void(std::uint64_t before)>;
    /// From now on views stay valid until `let_go` tells. Precondition: can_keep_views(), a file on disk.
    void keep_views(LetGo let_go) { let_go_ = std::move(let_go); }
    bool can_keep_views() const { return can_keep_; }
    /// Octets of the file read so far (compressed ones as they are on disk), for showing progress.
    std::uint64_t consumed() const { return decompressor_ ? raw_read_ - raw_.size() : position(); }
    std::uint64_t size() const { return size_; }  ///< of the file on disk; 0 for a pipe
    /// What was compressed is damaged, or ends too early; or reading failed.
    const std::optional<std::string>& damage() const { return damage_; }
    /// A signal ended the waiting for more.
    bool interrupted() const { return interrupted_; }

private:
    ByteSource() = default;
    void detect_compression();
    ByteView peek_further(std::size_t count);
    bool refill(std::size_t count);
    std::size_t read_some(MutableBytes to);
    std::size_t read_raw(MutableBytes to);
    std::size_t decompress(MutableBytes to);
    ByteView view_;       // what can be looked at; of the block in use, or memory
    std::size_t at_ = 0;  // in view_
    std::uint64_t passed_ = 0;
    struct Block {
        Bytes octets;
        std::uint64_t end = 0;  // position behind what it holds
    };
    std::array<Block, 6> blocks_;  // one is used, but all in turn where views are kept
    std::size_t block_ = 0;
    int descriptor_ = -1;   // -1: memory
    bool regular_ = false;  // a plain file, not compressed
    bool can_keep_ = false;
    LetGo let_go_;
    std::uint64_t size_ = 0;
    std::optional<Decompressor> decompressor_;
    Bytes raw_buffer_;
    ByteView raw_;  // compressed and not taken yet; of raw_buffer_
    std::uint64_t raw_read_ = 0;
    std::optional<std::string> damage_;
    bool interrupted_ = false;
};

/// A capture being read.
class CaptureFile {
public:
    /// An error when the file cannot be opened or does not begin like a capture.
    static Result<CaptureFile> open(const std::string& path);
    /// From octets that outlive it.
    static Result<CaptureFile> from(ByteView octets);
    /// The next frame; nothing at the end, or where the file cannot be read any further (see error()).
    std::optional<Frame> next();
    /// Why reading stopped before the end: cut off, or a block that makes no sense.
    const std::optional<std::string>& error() const { return error_; }
    /// A pipe, and the next record has not come yet.
    bool would_wait() const { return source_.would_wait(pending_ + 1); }
    /// From now on the views of frames stay valid until `let_go` tells that those of a lower Frame::position
    /// will not. Precondition: can_keep_frames().
    void keep_frames(ByteSource::LetGo let_go) { source_.keep_views(std::move(let_go)); }
    bool can_keep_frames() const { return source_.can_keep_views(); }
    /// Octets of the file read, and in all (0: unknown), for showing progress.
    std::uint64_t position() const { return source_.consumed(); }
    std::uint64_t size() const { return source_.size(); }

private:
    /// Of a pcapng interface; of a whole pcap file.
    struct Interface {
        LinkType link{};
        std::uint32_t snap_length = 0;
        std::uint64_t ticks_per_second = 1'000'000;
        std::int64_t offset_seconds = 0;
    };
    explicit CaptureFile(ByteSource source) : source_{std::move(source)} {}
    static Result<CaptureFile> begin(ByteSource source);
    template <class Number>
    Number number(const std::uint8_t* at) const {
        Number value{};
        std::memcpy(&value, at, sizeof value);
        return swapped_ ? std::byteswap(value) : value;
    }
    std::uint16_t number16(const std::uint8_t* at) const { return number<std::uint16_t>(at); }
    std::uint32_t number32(const std::uint8_t* at) const { return number<std::uint32_t>(at); }
    std::optional<Frame> next_record();
    std::optional<Frame> next_pcap();
    std::optional<Frame> next_pcapng();
    std::optional<Frame> next_snoop();
    static Result<CaptureFile> begin_snoop(CaptureFile file);
    std::optional<Frame> block_frame(std::uint32_t type, ByteView body);
    std::optional<Frame> enhanced_packet(ByteView body);
    std::optional<Frame> obsolete_packet(ByteView body);
    std::optional<Frame> simple_packet(ByteView body);
    bool section_header();
    void interface_description(ByteView body);
    /// The time is `seconds` and `ticks` of the interface's, fewer than a second's or more.
    Frame frame(const Interface& interface, std::uint64_t seconds, std::uint64_t ticks, ByteView octets,
                std::uint32_t size);
    std::nullopt_t stop(std::string why);

    ByteSource source_;
    enum class Format : std::uint8_t { pcap, pcapng, snoop };
    Format format_ = Format::pcap;
    bool swapped_ = false;  ///< the file's byte order is not this machine's
    std::vector<Interface> interfaces_;
    std::size_t pending_ = 0;  ///< octets to step over before the next record
    std::uint64_t count_ = 0;
    std::optional<std::string> error_;
};

}  // namespace ike
