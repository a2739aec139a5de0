#pragma once
// A look into what AES-GCM sealed, for whoever asks only what it is: the tag is checked over all of the text,
// but no more of it is decrypted than its beginning and its end.
#include "libike/crypto/crypto.hpp"

namespace ike::crypto {

/// Keys of one direction. Not for two threads at once.
class Glimpse {
public:
    static constexpr std::size_t head = 128;  ///< octets decrypted at the beginning of a text
    static constexpr std::size_t tail = 2;    ///< and at its end
    static constexpr std::size_t least = 192, most = 65'535;
    /// Nothing where the transform is not AES-GCM or the key is none of it.
    static std::optional<Glimpse> create(EncrId id, unsigned key_bits, ByteView key);
    Glimpse(Glimpse&&) noexcept;
    Glimpse& operator=(Glimpse&&) noexcept;
    ~Glimpse();
    /// Cipher::open() of `text`, `least` to `most` octets of it, with at most 16 octets of `aad`. On success
    /// `start` holds the first octets of the plaintext and `end` the last.
    bool open(ByteView iv, ByteView aad, ByteView text, ByteView icv, std::span<std::uint8_t, head> start,
              std::span<std::uint8_t, tail> end);

private:
    struct State;
    explicit Glimpse(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace ike::crypto
