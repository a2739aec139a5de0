#pragma once
// What lacks for the keys of an SA, in a sentence for whoever could provide it.
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace ike {

/// What lacks, and where the SA was created.
struct MissingKeys {
    enum class Of : std::uint8_t { ike_sa_init, rekeyed_ike, child } of{};
    std::uint64_t frame = 0;               ///< of the request that created it: IKE_SA_INIT or CREATE_CHILD_SA
    std::vector<std::uint64_t> followups;  ///< of each IKE_FOLLOWUP_KE request
    std::size_t exchanges = 0;             ///< key exchanges that were negotiated; 0: none of its own
    bool secrets = false;                  ///< some exchange's shared secret
    bool tried = false;                    ///< there are some, which do not fit
    bool sk_d = false;                     ///< SK_d of the IKE SA in which it was made
    bool nonces = false;                   ///< those of IKE_SA_INIT
};
/// "IKE SA rekeyed at frame 812 with PFS; needs the new shared secret, or its own keys"
std::string to_string(const MissingKeys& missing);

}  // namespace ike
