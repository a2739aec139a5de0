#pragma once
// Files of keys, whatever their format: each line is recognised by its content, so formats may be mixed.
//   Our own key log and Wireshark's two tables (libike/sa/key_log.hpp)
//   dh private=HEX | dh shared=HEX       a private value, or a shared secret, of any exchange
//   psk secret=HEX | psk text=CHARACTERS  a pre-shared key, to check AUTH payloads with
//   ipsec.secrets and swanctl.conf       their pre-shared keys
//   ip xfrm state                        the kernel's SAs, with keys (root; not with "nokeys")
//   strongSwan's log at level 4          IKE and Child SA keys, shared secrets, pre-shared keys
//   libreswan's log with plutodebug=private  ESP keys
//   PEM                                  certificates
#include <map>

#include "libike/capture/key_store.hpp"

namespace ike {

/// Octets that a log writes as lines of a hex dump.
class DumpedOctets {
public:
    void begin(std::size_t size);
    bool wanted() const { return octets_.size() < size_; }
    /// Takes up to 16 octets, "5E D0 ..", from the start of `text`.
    void take(std::string_view text);
    SecretBytes value() const { return octets_.clone(); }

private:
    std::size_t size_ = 0;
    SecretBytes octets_;
};

/// One SA of `ip xfrm state`: a line "src .. dst ..", then indented ones.
class XfrmReader {
public:
    explicit XfrmReader(KeyStore& to) : to_{to} {}
    /// True where the line is of such a block. The error names what is wrong with it.
    Result<bool> take(std::string_view line);
    void finish();

private:
    Result<bool> read_word(std::span<const std::string_view> words);
    Result<bool> read_algorithm(std::span<const std::string_view> words);
    KeyStore& to_;
    bool open_ = false;
    bool has_cipher_ = false;
    EspKeyRecord record_;
};

/// charon's log, at level 4 for ike and chd.
class StrongswanReader {
public:
    explicit StrongswanReader(KeyStore& to) : to_{to} {}
    bool take(std::string_view line);
    static bool recognises(std::string_view line);

private:
    /// What one thread of charon is talking about: its lines belong together.
    struct Thread {
        std::string label;  ///< of the dump that is being written
        DumpedOctets dump;
        std::optional<IkeSuite> ike_suite;
        std::optional<EspSuite> esp_suite;
        SpiPair spis;
        IkeKeyRecord ike;
        EspKeyRecord forth, back;  ///< the initiator's keys, and the responder's
        unsigned installed = 0;    ///< SPIs that the keys were given to
    };
    void statement(Thread& thread, std::string_view text);
    void dumped(Thread& thread);
    bool dumped_ike(Thread& thread);
    void dumped_child(Thread& thread);
    void installed(Thread& thread, std::string_view text);
    void add_ike(Thread& thread);
    KeyStore& to_;
    std::map<std::string, Thread, std::less<>> threads_;
};

/// pluto's log.
class PlutoReader {
public:
    explicit PlutoReader(KeyStore& to) : to_{to} {}
    bool take(std::string_view line);
    static bool recognises(std::string_view line);

private:
    void statement(std::string_view text);
    void algorithm(std::string_view text);
    void add_sa(std::string_view text);
    KeyStore& to_;
    std::optional<EspSuite> suite_;
    DumpedOctets encr_, integ_;
    DumpedOctets* dump_ = nullptr;
};

/// Reads the lines of one file into a store.
class KeyFileReader {
public:
    KeyFileReader(KeyStore& to, std::string name);
    void take(std::string_view line);
    void finish();

private:
    Result<bool> take_own(std::string_view line);
    bool take_secrets(std::string_view line);
    bool take_pem(std::string_view line);
    void complain(const Error& error);
    KeyStore& to_;
    std::string name_;
    std::size_t line_ = 0;
    bool log_ = false;                     ///< a log: what says nothing of keys is no mistake
    std::vector<std::string> complaints_;  ///< until it is known whether it is one
    std::string pem_;
    XfrmReader xfrm_;
    StrongswanReader strongswan_;
    PlutoReader pluto_;
};

}  // namespace ike
