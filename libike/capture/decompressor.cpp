#include "libike/capture/decompressor.hpp"

#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

#include <limits>
#include <new>

namespace ike {
namespace {

constexpr int gzip_only = 16 + MAX_WBITS;  // zlib's way to ask for gzip's header and checksum

}  // namespace

Compression compression_of(ByteView head) {
    if (head.size() >= 3 && head[0] == 0x1f && head[1] == 0x8b && head[2] == 8) return Compression::gzip;
    constexpr std::array<std::uint8_t, 4> zstd{0x28, 0xb5, 0x2f, 0xfd};
    if (head.size() >= 4 && equal(head.first(4), zstd)) return Compression::zstd;
    // RFC 8878 section 3.1.2: skippable frames, which pzstd puts first.
    constexpr std::array<std::uint8_t, 3> skippable{0x2a, 0x4d, 0x18};
    if (head.size() >= 4 && head[0] >> 4 == 5 && equal(head.subspan(1, 3), skippable))
        return Compression::zstd;
    return Compression::none;
}

struct Decompressor::State {
    State() = default;
    State(const State&) = delete;
    State& operator=(const State&) = delete;
    ~State() {
        if (gzip) ::inflateEnd(&inflate);
        ::ZSTD_freeDStream(zstd);
    }
    Step gzip_step(ByteView in, MutableBytes out);
    Step zstd_step(ByteView in, MutableBytes out);

    bool gzip = false;
    bool begun = false;
    z_stream inflate{};
    ZSTD_DStream* zstd = nullptr;
    bool failed = false;
    bool at_end = true;
    std::string_view why = "what was compressed is damaged";
};

Decompressor::Decompressor(Compression kind) : state_{std::make_unique<State>()} {
    if (kind == Compression::gzip) {
        if (::inflateInit2(&state_->inflate, gzip_only) != Z_OK) throw std::bad_alloc{};
        state_->gzip = true;
    } else {
        state_->zstd = ::ZSTD_createDStream();
        if (state_->zstd == nullptr) throw std::bad_alloc{};
    }
}
Decompressor::Decompressor(Decompressor&&) noexcept = default;
Decompressor& Decompressor::operator=(Decompressor&&) noexcept = default;
Decompressor::~Decompressor() = default;
bool Decompressor::failed() const { return state_->failed; }
std::string_view Decompressor::why() const { return state_->why; }
bool Decompressor::at_end() const { return state_->at_end; }

Decompressor::Step Decompressor::step(ByteView in, MutableBytes out) {
    if (state_->failed) return {};
    return state_->gzip ? state_->gzip_step(in, out) : state_->zstd_step(in, out);
}

/// One after the other, as gzip's own users expect: members that are joined are one file.
Decompressor::Step Decompressor::State::gzip_step(ByteView in, MutableBytes out) {
    constexpr std::size_t most = std::numeric_limits<uInt>::max();
    in = in.first(std::min(in.size(), most));
    out = out.first(std::min(out.size(), most));
    if (at_end) {
        // Some pad what is compressed with zeros, to a block of a medium.
        const auto zeros = std::ranges::find_if(in, [](auto octet) { return octet != 0; }) - in.begin();
        if (begun && zeros > 0) return {static_cast<std::size_t>(zeros), 0};
        if (in.empty()) return {};
        begun = true;
        ::inflateReset(&inflate);
        at_end = false;
    }
    inflate.next_in = const_cast<Bytef*>(in.data());
    inflate.avail_in = static_cast<uInt>(in.size());
    inflate.next_out = out.data();
    inflate.avail_out = static_cast<uInt>(out.size());
    const int status = ::inflate(&inflate, Z_NO_FLUSH);
    if (status == Z_STREAM_END) at_end = true;
    // Z_BUF_ERROR: no progress for want of input or room, nothing wrong with the stream.
    failed = status != Z_OK && status != Z_STREAM_END && status != Z_BUF_ERROR;
    return {in.size() - inflate.avail_in, out.size() - inflate.avail_out};
}

Decompressor::Step Decompressor::State::zstd_step(ByteView in, MutableBytes out) {
    ZSTD_inBuffer from{in.data(), in.size(), 0};
    ZSTD_outBuffer to{out.data(), out.size(), 0};
    if (at_end && in.empty()) return {};
    const auto left = ::ZSTD_decompressStream(zstd, &to, &from);
    failed = ::ZSTD_isError(left) != 0;
    at_end = !failed && left == 0;
    if (failed && ::ZSTD_getErrorCode(left) == ZSTD_error_frameParameter_windowTooLarge)
        why = "was compressed with a window of more than 128 MiB (zstd --long): decompress it first";
    return {from.pos, to.pos};
}

}  // namespace ike
