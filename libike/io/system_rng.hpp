#pragma once
// The system's randomness, for keys that must stay secret.
#include "libike/base/rng.hpp"

namespace ike::io {

/// getrandom(2). Throws std::system_error where the kernel refuses, which it does not once it has started.
class SystemRng final : public Rng {
public:
    void fill(MutableBytes octets) override;
};

}  // namespace ike::io
