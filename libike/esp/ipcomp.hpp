#pragma once
// IPComp (RFC 3173) with DEFLATE (RFC 2394): what ESP carries, compressed before it is sealed.
#include <expected>
#include <memory>

#include "libike/base/octets.hpp"

namespace ike::esp {

inline constexpr std::uint8_t next_header_ipcomp = 108;
/// Next header, flags, CPI.
inline constexpr std::size_t ipcomp_header = 4;
/// The CPI of DEFLATE where none was negotiated (RFC 3173 section 3.3).
inline constexpr std::uint16_t cpi_deflate = 2;

/// A packet's IPComp header.
struct IpcompHeader {
    std::uint8_t next_header = 0;
    std::uint8_t flags = 0;  ///< reserved, ignored on receipt
    std::uint16_t cpi = 0;
};

enum class InflateFailure : std::uint8_t {
    truncated,  ///< no whole header, or the data end too early
    corrupt,    ///< no DEFLATE
    too_long,   ///< more than `out` has room for
};
std::string_view to_string(InflateFailure failure);
struct Inflated {
    IpcompHeader header;
    std::size_t size = 0;  ///< octets of `out` that were written
};

/// zlib's state for both directions, made at first use and kept: no allocation for each packet after that.
class Ipcomp {
public:
    Ipcomp();
    ~Ipcomp();
    Ipcomp(Ipcomp&&) noexcept;
    Ipcomp& operator=(Ipcomp&&) noexcept;
    /// Writes IPComp header and compressed payload to `out` and gives their size; 0 where that is not smaller
    /// than the payload, which then goes as it is (RFC 3173 section 2.2).
    std::size_t compress(ByteView payload, std::uint8_t next_header, std::uint16_t cpi, MutableBytes out);
    /// Decompresses an IPComp packet to `out`, never more than it has room for. The CPI is the caller's to
    /// judge. Octets behind the end of the DEFLATE data (TFC padding) are passed over.
    std::expected<Inflated, InflateFailure> decompress(ByteView packet, MutableBytes out);

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace ike::esp
