#pragma once
// The keys that opened a capture, as files for the next one who wants to read it: our own log and Wireshark's
// two tables.
#include <set>

#include "libike/capture/tracker.hpp"

namespace ike {

/// Remembers which keys opened what; under the SPIs of the SA that they opened, whatever they were filed
/// under.
class KeyExport {
public:
    void add(const Observation& seen);
    void note(const SpiPair& spis, KeyStore::Index at);
    void note(std::uint32_t spi, KeyStore::Index at);
    /// Writes "ike.keys", "ikev2_decryption_table" and "esp_sa" into a folder, made if need be, for its owner
    /// alone to read. Gives the number of SAs; what Wireshark has no name for is in ike.keys only.
    Result<std::size_t> write(const KeyStore& keys, const std::string& folder) const;

private:
    struct Ike {
        SpiPair spis;
        KeyStore::Index at;
        auto operator<=>(const Ike& other) const {
            return std::tuple{spis.initiator, spis.responder, at} <=>
                   std::tuple{other.spis.initiator, other.spis.responder, other.at};
        }
    };
    std::set<Ike> ike_;
    std::set<std::pair<std::uint32_t, KeyStore::Index>> esp_;
};

}  // namespace ike
