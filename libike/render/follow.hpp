#pragma once
// One SA and all that comes of it.
#include <unordered_set>

#include "libike/capture/observation.hpp"

namespace ike {

/// Picks the packets of an IKE SA, of the Child SAs that it makes and of the IKE SAs that succeed it, or
/// those of a Child SA and, from the message on that names its SPI, of its IKE SA. What keys are missing for
/// cannot be followed.
class Follow {
public:
    /// `spi` of up to 8 hexadecimal digits is that of a Child SA, of up to 16 one of an IKE SA's; nothing for
    /// other text.
    static std::optional<Follow> parse(std::string_view spi);
    bool matches(const Observation& seen);

private:
    bool matches_ike(const IkeObservation& seen);
    std::unordered_set<std::uint64_t> ike_;
    std::unordered_set<std::uint32_t> esp_;
};

}  // namespace ike
