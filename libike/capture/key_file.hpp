#pragma once
// Files of keys, whatever their format: each line is recognised by its content, so formats may be mixed.
//   Our own key log and Wireshark's two tables (libike/sa/key_log.hpp)
//   dh private=HEX | dh shared=HEX       a private value, or a shared secret, of any exchange
//   psk secret=HEX | psk text=CHARACTERS  a pre-shared key, to check AUTH payloads with
//   ipsec.secrets and swanctl.conf       their pre-shared keys
//   ip xfrm state                        the kernel's SAs, with keys (root; not with "nokeys")
//   strongSwan's log at level 4          IKE and Child SA keys, shared secrets, pre-shared keys; also as JSON
//                                        and as the journal has it
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
    std::size_t held() const { return octets_.size(); }
    SecretBytes value() const { return octets_.clone(); }

private:
    std::size_t size_ = 0;
    SecretBytes octets_;
};

/// SAs of `ip xfrm state`, also with -s or -o, and of `ip xfrm monitor`: a line "src .. dst ..", then
/// indented ones.
class XfrmReader {
public:
    explicit XfrmReader(KeyStore& to) : to_{to} {}
    /// True where the line is of such a block. The error names what is wrong with it.
    Result<bool> take(std::string_view line);
    void finish();

private:
    Result<bool> take_line(std::string_view line);
    Result<bool> read_word(std::span<const std::string_view> words);
    Result<bool> read_algorithm(std::span<const std::string_view> words);
    KeyStore& to_;
    bool open_ = false;
    bool has_cipher_ = false;
    bool broken_ = false;
    EspKeyRecord record_;
};

/// A message of charon's, whatever wrote it down.
struct CharonMessage {
    std::string_view thread;  ///< its number; empty where the journal leaves it out
    std::string text;         ///< several lines where it has a dump
};
/// "12[IKE] Sk_ei ..." behind whatever a log puts before, also "12[IKE4] <name|1> ..."; an object of charon's
/// log as JSON or of `journalctl -o json`; "charon-systemd[123]: ..." of the journal, whose further lines of
/// a message are indented.
class CharonLines {
public:
    std::optional<CharonMessage> read(std::string_view line);

private:
    bool in_journal_ = false;  ///< the last line was the journal's
};

/// charon's log, at level 4 for ike and chd.
class StrongswanReader {
public:
    explicit StrongswanReader(KeyStore& to) : to_{to} {}
    /// True for a line of such a log. The error names a key that is not all there.
    Result<bool> take(std::string_view line);
    Result<bool> finish();

private:
    /// What one thread of charon is talking about: its lines belong together.
    struct Thread {
        std::string label;  ///< of the dump that is being written
        DumpedOctets dump;
        std::optional<IkeSuite> ike_suite;
        std::optional<EspSuite> esp_suite;
        SpiPair spis;
        IkeKeyRecord ike;
        std::optional<IkeKeyRecord> made;  ///< keys whose IKE SA may be named yet
        EspKeyRecord forth, back;          ///< the initiator's keys, and the responder's
        unsigned installed = 0;            ///< SPIs that the keys were given to
    };
    Result<bool> statement(Thread& thread, std::string_view text);
    static Result<bool> abandon(Thread& thread);
    void proposal(Thread& thread, std::string_view text);
    void named(Thread& thread, std::string_view text);
    void dumped(Thread& thread);
    bool dumped_ike(Thread& thread);
    void dumped_child(Thread& thread);
    void installed(Thread& thread, std::string_view text);
    void add_ike(Thread& thread);
    KeyStore& to_;
    CharonLines lines_;
    std::map<std::string, Thread, std::less<>> threads_;
    /// What was chosen last, by whichever thread: keys may be made by another one.
    std::vector<IkeSuite> ike_suites_;
    std::vector<EspSuite> esp_suites_;
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
    /// What is longer is no line of keys.
    static constexpr std::size_t longest_line = 1 << 20;
    KeyFileReader(KeyStore& to, std::string name);
    void take(std::string_view line);
    void finish(KeyStore::Given given);

private:
    bool take_log(std::string_view line);
    void remark(const Error& error);
    void remark_nothing();
    Result<bool> take_own(std::string_view line);
    bool take_secrets(std::string_view line);
    bool take_pem(std::string_view line);
    void complain(const Error& error);
    KeyStore& to_;
    std::string name_;
    std::size_t line_ = 0;
    bool log_ = false;                     ///< a log: what says nothing of keys is no mistake
    std::vector<std::string> complaints_;  ///< until it is known whether it is one
    std::size_t senseless_ = 0;            ///< lines that there were complaints about
    std::size_t offered_before_;
    bool charon_ = false, pluto_log_ = false;
    std::string pem_;
    XfrmReader xfrm_;
    StrongswanReader strongswan_;
    PlutoReader pluto_;
};

}  // namespace ike
