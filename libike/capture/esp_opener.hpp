#pragma once
// Opening ESP with whatever keys there are, in any order and without a replay window.
#include <unordered_map>

#include "libike/capture/esp_ahead.hpp"
#include "libike/capture/key_store.hpp"
#include "libike/capture/observation.hpp"
#include "libike/esp/esp.hpp"
#include "libike/esp/ipcomp.hpp"

namespace ike {

/// Finds keys by SPI whatever the addresses (they change with MOBIKE and NATs) and lets the ICV decide.
/// Follows the high half of extended sequence numbers.
class EspOpener {
public:
    explicit EspOpener(const KeyStore& keys) : keys_{keys} {}
    /// Fills `seen` from an ESP packet; its views are of the opener's buffer and stay valid until the next
    /// call.
    void open(ByteView esp, const Packet& outer, EspObservation& seen) { open(esp, outer, seen, nullptr); }
    /// The same of a packet that was prepared; `ahead` is what came of that.
    void open(ByteView esp, const Packet& outer, EspObservation& seen, const EspJob* ahead);
    /// From now on payloads need not be decrypted further than headers go.
    void glimpse() { glimpses_ = true; }
    /// Flows with many packets get their keys twice more from now on, for prepare().
    void expect_many() { expects_many_ = true; }
    bool has_many() const { return has_many_; }
    /// Where the keys are known by now, has `ahead` open the packet before its turn.
    void prepare(std::uint64_t number, ByteView esp, EspAhead& ahead);
    /// There are new keys for an SPI.
    void forget(std::uint32_t spi) {
        last_ = nullptr;
        flows_.erase(spi);
    }

private:
    struct Candidate {
        EspKeys keys;
        bool proves;  ///< an ICV is checked
        KeyStore::Index record;
        std::shared_ptr<EspTwins> twins;  ///< for opening ahead, once there is much to open
    };
    struct Flow {
        std::vector<Candidate> candidates;  ///< the one that opened a packet last is the first
        std::string unusable;               ///< why a record could not be used
        std::uint64_t highest = 0;          ///< sequence number, high half included
        bool opened = false;                ///< some packet was
        std::uint32_t count = 0;            ///< how many were, up to a bound
    };
    /// The flow of an SPI that was looked up before, or nullptr.
    Flow* known(std::uint32_t spi);
    Flow* flow(std::uint32_t spi);
    void add_candidates(Flow& flow, std::span<const KeyStore::Index> records);
    void add_candidate(Flow& flow, KeyStore::Index at, const EspSuite& suite);
    Result<EspKeys> keyed(const EspKeyRecord& record, const EspSuite& suite) const;
    bool try_candidate(Flow& flow, std::size_t at, ByteView esp, const Packet& outer, EspObservation& seen);
    bool try_at(Candidate& candidate, std::uint32_t high, ByteView esp, const Packet& outer,
                EspObservation& seen);
    void decompress(EspObservation& seen);
    void take(const Candidate& candidate, const esp::Opened& opened, const Packet& outer,
              EspObservation& seen);
    void add_twins(Flow& flow);
    static void explain(const Flow* flow, EspObservation& seen);

    const KeyStore& keys_;
    std::unordered_map<std::uint32_t, Flow> flows_;
    Flow* last_ = nullptr;  ///< asked for last
    std::uint32_t last_spi_ = 0;
    std::size_t keyed_ = 0;  ///< candidates held
    bool glimpses_ = false, expects_many_ = false, has_many_ = false;
    const EspJob* ahead_ = nullptr;  ///< of the packet at hand
    Bytes buffer_;
    esp::Ipcomp ipcomp_;
    Bytes decompressed_;
};

}  // namespace ike
