#pragma once
// Writing captures: pcapng with one interface of raw IP packets, nanoseconds (draft-ietf-opsawg-pcapng).
#include <cstdio>
#include <memory>
#include <string>

#include "libike/base/address.hpp"
#include "libike/base/error.hpp"
#include "libike/capture/time.hpp"

namespace ike {

/// Which way a datagram went, seen from its path's `local`.
enum class Direction : std::uint8_t { in, out };

/// A raw IP packet of a datagram: IPv4 or IPv6 header, UDP header unless native ESP, octets; lengths and
/// checksums are right. Nothing where both addresses are not of one family or the datagram is too long for
/// IP.
std::optional<Bytes> ip_packet(const Endpoint& source, const Endpoint& destination, Carrier carrier,
                               ByteView octets);

/// A pcapng file being written. Move-only; the file is complete after every flush.
class PcapngWriter {
public:
    enum class Flush : std::uint8_t {
        each_packet,  ///< a process that is killed leaves a readable file
        when_full,    ///< for many packets at once; the destructor writes the rest
    };
    /// Truncates or creates `path`; "-" is standard output. `application` goes into the file's header.
    static Result<PcapngWriter> create(const std::string& path, std::string_view application,
                                       Flush flush = Flush::each_packet);

    /// A datagram of ours, with synthesised IP and UDP headers. Its `path.local` is the sender of what goes
    /// out and the receiver of what comes in. `comment` is shown by readers beside the packet; may be empty.
    /// Datagrams that no IP packet can carry are left out.
    void write(EpochTime time, const Datagram& datagram, Direction direction, std::string_view comment = {});
    /// An IP packet as it is.
    void write_packet(EpochTime time, ByteView ip_packet, std::string_view comment = {});
    /// Nothing more can be written after the first failure; here it is. Flushes.
    Result<bool> finish();

private:
    struct Close {
        void operator()(std::FILE* file) const;
    };
    PcapngWriter(std::unique_ptr<std::FILE, Close> file, std::string path, Flush flush);
    void write_header(std::string_view application);
    void write_block(EpochTime time, ByteView packet, std::uint32_t flags, std::string_view comment);
    void put(ByteView octets);

    std::unique_ptr<std::FILE, Close> file_;
    std::string path_;
    Flush flush_;
    int error_ = 0;  ///< errno of the first failure
    Bytes block_;    ///< reused
};

}  // namespace ike
