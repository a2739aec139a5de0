#pragma once
// Captures that were compressed: gzip (RFC 1952) and Zstandard (RFC 8878) streams, told apart by their magic
// numbers and taken apart piece by piece, so that what a small file blows up to never lies in memory.
#include <memory>

#include "libike/base/octets.hpp"

namespace ike {

enum class Compression : std::uint8_t { none, gzip, zstd };
/// By the first four octets.
Compression compression_of(ByteView head);

class Decompressor {
public:
    explicit Decompressor(Compression kind);
    Decompressor(Decompressor&&) noexcept;
    Decompressor& operator=(Decompressor&&) noexcept;
    ~Decompressor();
    /// What one step did: octets taken from its input, and written to its output.
    struct Step {
        std::size_t taken = 0;
        std::size_t made = 0;
    };
    /// Takes some of `in` and fills some of `out`. After a failure it does nothing.
    Step step(ByteView in, MutableBytes out);
    /// The stream is damaged.
    bool failed() const;
    /// What is wrong with it, in words.
    std::string_view why() const;
    /// Everything taken so far belongs to streams that have ended: a file may end here.
    bool at_end() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace ike
