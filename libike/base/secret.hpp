#pragma once
// Octets that must not outlive their use: wiped when dropped, never copied or printed by accident.
#include <utility>

#include "libike/base/octets.hpp"

namespace ike {

/// Overwrites `octets` so that the compiler cannot leave it out.
void wipe(MutableBytes octets) noexcept;

/// Move-only secret octets; there is no formatter and no comparison but equal_secret().
class SecretBytes {
public:
    SecretBytes() = default;
    explicit SecretBytes(std::size_t size) : octets_(size) {}
    explicit SecretBytes(ByteView octets) : octets_(octets.begin(), octets.end()) {}
    SecretBytes(SecretBytes&& other) noexcept : octets_{std::exchange(other.octets_, {})} {}
    SecretBytes& operator=(SecretBytes&& other) noexcept {
        if (this != &other) {
            wipe(octets_);
            octets_ = std::exchange(other.octets_, {});
        }
        return *this;
    }
    SecretBytes(const SecretBytes&) = delete;
    SecretBytes& operator=(const SecretBytes&) = delete;
    ~SecretBytes() { wipe(octets_); }

    /// A copy on purpose.
    SecretBytes clone() const { return SecretBytes{view()}; }
    ByteView view() const { return octets_; }
    operator ByteView() const { return octets_; }  // NOLINT: a secret reads like octets
    MutableBytes mutable_view() { return octets_; }
    std::size_t size() const { return octets_.size(); }
    bool empty() const { return octets_.empty(); }
    /// The octets [from, from + count) as a secret of their own.
    SecretBytes slice(std::size_t from, std::size_t count) const {
        return SecretBytes{view().subspan(from, count)};
    }

    /// Takes a copy of `octets` in place of what was there, in the same room where it is enough.
    void assign(ByteView octets) {
        wipe(octets_);
        octets_.assign(octets.begin(), octets.end());
    }
    /// Keeps the first `count` octets; the others are wiped.
    void keep_first(std::size_t count) {
        wipe(mutable_view().subspan(count));
        octets_.resize(count);
    }

private:
    Bytes octets_;
};

/// Equality in time that depends on the lengths alone.
bool equal_secret(ByteView a, ByteView b) noexcept;

}  // namespace ike
