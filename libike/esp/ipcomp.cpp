#include "libike/esp/ipcomp.hpp"

#include <zlib.h>

#include <limits>
#include <new>

namespace ike::esp {
namespace {

// Raw DEFLATE, no zlib header (RFC 2394 section 2.1). Of the 32 KiB that the window may have Linux's own
// IPComp has 2 KiB (crypto/deflate.c): what we send fits that, what we take may use all.
constexpr int window_out = -11, window_in = -15;
constexpr int memory_level = 8;
/// RFC 3173 section 4: small payloads do not shrink; not tried.
constexpr std::size_t smallest = 90;

/// zlib counts in 32 bits; packets are far below.
uInt count(std::size_t size) {
    return static_cast<uInt>(std::min<std::size_t>(size, std::numeric_limits<uInt>::max()));
}

}  // namespace

struct Ipcomp::State {
    State() = default;
    ~State() {
        if (deflates) deflateEnd(&out);
        if (inflates) inflateEnd(&in);
    }
    State(const State&) = delete;
    State& operator=(const State&) = delete;
    z_stream out{}, in{};
    bool deflates = false, inflates = false;

    z_stream& deflater() {
        if (!deflates && deflateInit2(&out, Z_DEFAULT_COMPRESSION, Z_DEFLATED, window_out, memory_level,
                                      Z_DEFAULT_STRATEGY) != Z_OK)
            throw std::bad_alloc{};
        if (deflates) deflateReset(&out);
        deflates = true;
        return out;
    }
    z_stream& inflater() {
        if (!inflates && inflateInit2(&in, window_in) != Z_OK) throw std::bad_alloc{};
        if (inflates) inflateReset(&in);
        inflates = true;
        return in;
    }
};

Ipcomp::Ipcomp() : state_{std::make_unique<State>()} {}
Ipcomp::~Ipcomp() = default;
Ipcomp::Ipcomp(Ipcomp&&) noexcept = default;
Ipcomp& Ipcomp::operator=(Ipcomp&&) noexcept = default;

std::size_t Ipcomp::compress(ByteView payload, std::uint8_t next_header, std::uint16_t cpi,
                             MutableBytes out) {
    if (payload.size() < smallest) return 0;
    // No room for what would not be smaller: zlib stops there.
    const auto room = std::min(out.size(), payload.size() - 1);
    if (room <= ipcomp_header) return 0;
    auto& stream = state_->deflater();
    stream.next_in = const_cast<Bytef*>(payload.data());  // zlib's type, though it does not write
    stream.avail_in = count(payload.size());
    stream.next_out = out.data() + ipcomp_header;
    stream.avail_out = count(room - ipcomp_header);
    if (deflate(&stream, Z_FINISH) != Z_STREAM_END) return 0;
    out[0] = next_header;
    out[1] = 0;
    out[2] = static_cast<std::uint8_t>(cpi >> 8);
    out[3] = static_cast<std::uint8_t>(cpi);
    return ipcomp_header + stream.total_out;
}

std::expected<Inflated, InflateFailure> Ipcomp::decompress(ByteView packet, MutableBytes out) {
    if (packet.size() <= ipcomp_header) return std::unexpected{InflateFailure::truncated};
    Inflated done;
    done.header = {packet[0], packet[1], static_cast<std::uint16_t>(packet[2] << 8 | packet[3])};
    auto& stream = state_->inflater();
    stream.next_in = const_cast<Bytef*>(packet.data() + ipcomp_header);
    stream.avail_in = count(packet.size() - ipcomp_header);
    stream.next_out = out.data();
    stream.avail_out = count(out.size());
    const int result = inflate(&stream, Z_FINISH);
    done.size = stream.total_out;
    if (result == Z_STREAM_END) return done;
    if (result == Z_BUF_ERROR || result == Z_OK)
        return std::unexpected{stream.avail_out == 0 ? InflateFailure::too_long : InflateFailure::truncated};
    return std::unexpected{InflateFailure::corrupt};
}

std::string_view to_string(InflateFailure failure) {
    switch (failure) {
        case InflateFailure::truncated:
            return "truncated";
        case InflateFailure::corrupt:
            return "no DEFLATE data";
        case InflateFailure::too_long:
            return "longer than a packet may be";
    }
    return "unknown";
}

}  // namespace ike::esp
