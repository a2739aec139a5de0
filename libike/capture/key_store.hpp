#pragma once
// The keys with which a capture is opened: read from files of several formats, found by SPI.
#include <string>
#include <vector>

#include "libike/base/error.hpp"
#include "libike/capture/aging_map.hpp"
#include "libike/crypto/pki.hpp"
#include "libike/sa/key_log.hpp"

namespace ike {

/// The SPIs of an IKE SA.
struct SpiPair {
    IkeSpi initiator = 0;
    IkeSpi responder = 0;
    bool operator==(const SpiPair&) const = default;
};
struct SpiPairHash {
    std::size_t operator()(const SpiPair& pair) const noexcept {
        // SPIs are random where nobody plays games; the multiplication keeps games from one bucket.
        return (pair.initiator ^ (pair.responder << 1 | pair.responder >> 63)) * 0x9e3779b97f4a7c15u;
    }
};

/// Records of keys and what keys follow from. A record keeps its index for good.
class KeyStore {
public:
    using Index = std::uint32_t;
    /// Reads a file of keys in any of the formats of key_file.hpp, or the files of keys in a folder
    /// ("ike.keys", "ikev2_decryption_table", "esp_sa", and what ends in one of these names). Lines that make
    /// no sense are left out and named in remarks(). Gives the number of records and secrets that are new.
    Result<std::size_t> load(const std::string& path);
    /// A file that was named was given for its keys, and without any there is something to say; those of a
    /// folder may be empty tables.
    enum class Given { itself, in_folder };
    /// The lines of a file; `name` is for remarks.
    std::size_t add_lines(std::string_view text, const std::string& name);
    /// False for keys that are there already.
    bool add(IkeKeyRecord record);
    bool add(EspKeyRecord record);
    /// A shared secret, or a private value, of some key exchange; a pre-shared key; a certificate of someone.
    void add_shared(SecretBytes secret) { add_secret(shared_, std::move(secret)); }
    void add_private(SecretBytes secret) { add_secret(private_, std::move(secret)); }
    void add_psk(SecretBytes secret) { add_secret(psks_, std::move(secret)); }
    void add_certificate(crypto::Certificate certificate);

    /// The records for an IKE SA in the order they came: an IKE_INTERMEDIATE brings another.
    std::span<const Index> ike(const SpiPair& spis) const;
    /// These will be asked for soon.
    [[gnu::always_inline]] void expect_ike(const SpiPair& spis) const { ike_by_spis_.expect(spis); }
    [[gnu::always_inline]] void expect_ike_more(const SpiPair& spis) const { ike_by_spis_.expect_more(spis); }
    const IkeKeyRecord& ike(Index at) const { return ike_[at]; }
    std::size_t ike_count() const { return ike_.size(); }
    /// The records for an ESP SA, those for any SPI (0) not among them.
    std::span<const Index> esp(std::uint32_t spi) const;
    std::span<const Index> esp_any() const { return esp(0); }
    const EspKeyRecord& esp_record(Index at) const { return esp_[at]; }
    std::size_t esp_count() const { return esp_.size(); }
    std::span<const SecretBytes> shared_secrets() const { return shared_; }
    std::span<const SecretBytes> private_values() const { return private_; }
    std::span<const SecretBytes> psks() const { return psks_; }
    std::span<const crypto::Certificate> certificates() const { return certificates_; }
    /// Whether more than SK_e and SK_a is at hand: IKE_SA_INIT and identities may then be of use.
    bool has_more() const { return has_more_ || secret_count() > 0; }
    bool empty() const { return ike_.empty() && esp_.empty() && secret_count() == 0; }
    /// How many records and secrets were brought, those included that were there already.
    std::size_t offered() const { return offered_; }
    /// "FILE:LINE: why" of a line that made no sense; kept up to a bound.
    void remark(std::string text);
    /// What was wrong with lines: "FILE:LINE: why".
    const std::vector<std::string>& remarks() const { return remarks_; }

private:
    Result<std::size_t> load_file(const std::string& path, Given given);
    void remark_unusable(const std::string& name);
    void add_secret(std::vector<SecretBytes>& to, SecretBytes secret);
    std::size_t secret_count() const {
        return shared_.size() + private_.size() + psks_.size() + certificates_.size();
    }
    std::vector<IkeKeyRecord> ike_;
    std::vector<EspKeyRecord> esp_;
    /// The records of one SA, most often one.
    class Indexes {
    public:
        void push_back(Index at) {
            if (count_++ == 0) first_ = at;
            if (count_ == 2) all_ = {first_};
            if (count_ > 1) all_.push_back(at);
        }
        std::span<const Index> view() const {
            return count_ > 1 ? std::span<const Index>{all_} : std::span{&first_, count_};
        }

    private:
        Index first_ = 0;
        std::uint32_t count_ = 0;
        std::vector<Index> all_;
    };
    FlatMap<SpiPair, Indexes, SpiPairHash> ike_by_spis_;
    FlatMap<std::uint32_t, Indexes, std::hash<std::uint32_t>> esp_by_spi_;
    std::size_t offered_ = 0;
    std::size_t looked_at_ike_ = 0, looked_at_esp_ = 0;  ///< records whose ciphers were looked at
    bool has_more_ = false;                              ///< some IKE SA's SK_d, SK_p or shared secret
    std::vector<SecretBytes> shared_, private_, psks_;
    std::vector<crypto::Certificate> certificates_;
    std::vector<std::string> remarks_;
};

}  // namespace ike
