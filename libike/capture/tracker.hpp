#pragma once
// Follows the IKE and ESP SAs of a capture, packet by packet: sorts, reads, decrypts, pairs.
#include "libike/capture/esp_opener.hpp"
#include "libike/capture/sa_table.hpp"
#include "libike/capture/tcp_stream.hpp"

namespace ike {

/// Give it every frame in order; what it says of each is valid until the next. Its memory is bounded: the SAs
/// that were silent longest are forgotten first.
class Tracker {
public:
    explicit Tracker(KeyStore keys);
    Tracker(const Tracker&) = delete;
    Tracker& operator=(const Tracker&) = delete;
    const Observation& observe(const Frame& frame);
    /// Nobody asks for more of what ESP carries than its headers: from now on no more of it is decrypted
    /// where that saves time.
    void glimpse() { esp_opener_.glimpse(); }
    enum class Cores { one, two };
    /// From now on frames are to be prepared, then observed, and observe() serves no more: what is to be
    /// decrypted is, several frames in a row, and on two cores another opens ESP meanwhile once there is
    /// much. For frames whose views serve until they were observed (CaptureSet::keep_frames()).
    void look_ahead(Cores cores);
    bool looks_ahead() const { return !queue_.empty(); }
    std::size_t prepared() const { return prepared_ - observed_; }
    /// Whether another frame may be prepared before one was observed: their number is bounded, and once
    /// there is no room several are to be observed.
    bool has_room() const { return !full_; }
    /// Whether a frame of this file and a lower Frame::position was prepared and not observed yet.
    bool waits(std::uint32_t file, std::uint64_t before) const;
    /// Takes a frame in. Precondition: has_room().
    void prepare(const Frame& frame);
    /// Of the oldest frame that was prepared and not observed yet. Precondition: prepared() > 0.
    const Observation& observe_next();
    /// The frames prepared and not observed are given up; their views need not be valid any more.
    void drop_prepared();
    /// What else the same frame brought: a TCP segment may end several messages. Ask until there is nothing.
    const Observation* more();
    const KeyStore& keys() const { return keys_; }
    /// True once SAs had to be forgotten for want of room.
    bool forgot() const { return sas_.forgot(); }

private:
    struct FragmentKey {
        SpiPair spis;
        std::uint32_t message_id;
        std::uint8_t flags;
        bool operator==(const FragmentKey&) const = default;
    };
    struct FragmentKeyHash {
        std::size_t operator()(const FragmentKey& key) const noexcept {
            return SpiPairHash{}(key.spis) ^
                   (std::size_t{key.message_id} << 8 | key.flags) * 0x9e3779b97f4a7c15u;
        }
    };
    /// What observe_next() begins with.
    struct Prepared {
        Packet packet;
        Recognised what;
        std::uint64_t position = 0;  ///< in its file
        /// Of a reassembled packet, whose views last no longer than until the next is read.
        std::array<Bytes, 3> own;
        IkeOpener::Ahead ike;
        /// Copies what the packet shows of octets that are not the frame's.
        void keep(const Frame& frame);
    };
    void expect_ike(Prepared& slot);
    void open_ike_ahead();
    bool take_from_stream();
    void look_into();
    void observe_ike();
    void observe_esp();
    void observe_ah();
    /// Of what the capture cut off, no ICV can be right.
    static void blame_snap_length(IcvState& integrity, Words& obstacle);
    void observe_init();
    void keep_init(InitMemory& init);
    void derive_init(const InitMemory& init, const InitExchange& exchange);
    void check(SaMemory& sa);
    template <std::size_t size>
    void remember(Recent<size>& recent);
    ByteView cut_payload() const;
    void note_fragment();
    void open(SaMemory& sa);
    void explain(IkeOpener::Outcome outcome, std::uint64_t intermediate);
    void take_content(const PayloadView& encrypted);
    void follow(SaMemory& sa);
    void follow_intermediate(SaMemory& sa, const PendingSa& request);
    void follow_up(SaMemory& sa, const PendingSa& request);
    NeededSecret needed(const PendingSa& request) const;
    std::unique_ptr<PendingSa> new_pending();
    std::unique_ptr<PendingSa> take_pending(SaMemory& sa);
    void follow_request(SaMemory& sa);
    void follow_response(SaMemory& sa);
    static std::optional<Proposal> chosen(const PayloadView& answer);
    Result<EspSuite> chosen_esp(const PayloadView& answer);
    void made_sa(SaMemory& sa, const PendingSa& request, const PayloadView& answer, const SpiPair& spis,
                 SaSeed::From from);
    void lock(const SaMemory& sa, UnfinishedSa& made);
    bool has_own_keys(SaSeed& seed) const;
    std::pair<ByteView, ByteView> nonces(const SaSeed& seed);
    bool unlock_child();
    void add_child(const SaSeed& seed, ChildKeys keys);
    bool unlock_ike();
    IkeKeys derive(const SaSeed& seed, ByteView shared, std::span<const SecretBytes> additional) const;
    static std::string why_locked(const LockedSa& locked);

    KeyStore keys_;
    std::vector<Prepared> queue_;                ///< a ring
    std::uint64_t prepared_ = 0, observed_ = 0;  ///< frames so far
    std::uint64_t opened_ = 0;                   ///< of the prepared, those whose IKE was looked at
    bool full_ = false;
    const EspJob* esp_ahead_ = nullptr;      ///< of the packet at hand
    IkeOpener::Ahead* ike_ahead_ = nullptr;  ///< of the packet at hand
    PacketReader reader_;
    Recogniser recogniser_;
    IkeOpener ike_opener_;
    EspOpener esp_opener_;
    TcpStreams streams_;
    bool in_stream_ = false;  ///< the packet at hand is of a stream
    AgingMap<IkeSpi, InitMemory> inits_;
    AgingMap<IkeSpi, InitExchange> exchanges_;
    AgingMap<SpiPair, SaMemory, SpiPairHash> sas_;
    AgingMap<FragmentKey, FragmentCollector, FragmentKeyHash> fragments_;
    AgingMap<std::uint32_t, std::shared_ptr<LockedSa>> locked_esp_;
    AgingMap<SpiPair, LockedSa, SpiPairHash> locked_ike_;
    SecretGuesses guesses_{keys_};
    std::unique_ptr<PendingSa> answered_;  ///< last; its room serves again
    Bytes last_esp_transforms_;
    std::optional<EspSuite> last_esp_;
    Observation seen_;
    std::unique_ptr<EspAhead> ahead_;
};

}  // namespace ike
