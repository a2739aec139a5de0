#pragma once
// Staged conversations: a client and a gateway that say what a test tells them to, seen by one or two
// captures.
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "libike/capture/pcapng_writer.hpp"
#include "libike/capture/tracker.hpp"
#include "libike/diagnose/diagnoser.hpp"
#include "libike/sa/auth.hpp"
#include "libike/sa/traffic_selectors.hpp"

namespace ike::testing {

using namespace std::chrono_literals;

inline const Endpoint client_500 = *parse_endpoint("192.0.2.2:500");
inline const Endpoint client_4500 = *parse_endpoint("192.0.2.2:4500");
inline const Endpoint cell_4500 = *parse_endpoint("198.51.100.2:4500");
inline const Endpoint gateway_500 = *parse_endpoint("203.0.113.2:500");
inline const Endpoint gateway_4500 = *parse_endpoint("203.0.113.2:4500");

/// What a diagnosis said: identifiers, and those of errors and warnings alone.
struct Said {
    std::set<std::string> ids, alarms;
    std::vector<diagnose::Diagnosis> findings;
    bool has(std::string_view id) const { return ids.contains(std::string{id}); }
    bool alarms_of(std::string_view id) const { return alarms.contains(std::string{id}); }
};

/// One IKE SA and its Child SAs. Time goes on with every packet, by a millisecond, and with wait().
class Stage {
public:
    explicit Stage(std::uint64_t seed = 1);
    Stage& wait(std::chrono::nanoseconds time) {
        now_ += time;
        return *this;
    }
    /// Which captures the next packets are in; both to begin with.
    Stage& seen_by(bool client, bool gateway) {
        at_client_ = client;
        at_gateway_ = gateway;
        return *this;
    }
    /// The client's end of what follows.
    Stage& from(const Endpoint& client) {
        client_ = client;
        return *this;
    }
    /// IKE_SA_INIT and IKE_AUTH, with MOBIKE unless told otherwise, and as many Child SAs as wanted.
    Stage& connect(std::vector<Payload> request = {notify(NotifyType::mobike_supported)},
                   std::vector<Payload> response = {notify(NotifyType::mobike_supported)},
                   unsigned children = 1);
    Stage& init_request(std::vector<Payload> extra = {});
    Stage& init_response(std::vector<Payload> payloads);
    Stage& init_response();
    /// A message of the SA; forth: from its initiator, the client.
    Stage& say(ExchangeType exchange, std::uint32_t id, bool forth, bool response,
               const std::vector<Payload>& inner);
    /// The last message again, octet for octet.
    Stage& again();
    Stage& ask(std::uint32_t id, const std::vector<Payload>& inner = {}) {
        return say(ExchangeType::informational, id, true, false, inner);
    }
    Stage& answer(std::uint32_t id, const std::vector<Payload>& inner = {}) {
        return say(ExchangeType::informational, id, false, true, inner);
    }
    /// ESP with an echo request (forth) or reply of a Child SA, `count` of them every 100 ms.
    Stage& esp(bool forth, unsigned count = 1, std::size_t size = 84, std::size_t child = 0);
    /// The same both ways, in turns.
    Stage& pings(unsigned count, std::size_t child = 0);
    /// Sequence numbers go on from `number`.
    Stage& sequence(bool forth, std::uint64_t number, std::size_t child = 0);
    /// An IP packet as it is.
    Stage& raw(Bytes packet, std::uint8_t ttl_at_client = 64, std::uint8_t ttl_at_gateway = 63);
    const Bytes& last_packet() const { return last_; }

    enum class Keys { none, all, wrong };
    Said diagnose(Keys keys = Keys::all) const;
    Said diagnose_client(Keys keys = Keys::all) const { return diagnose_one(client_file_, keys); }
    Said diagnose_gateway(Keys keys = Keys::all) const { return diagnose_one(gateway_file_, keys); }
    /// Both captures keep so many octets of a packet.
    Stage& snap(std::size_t octets) {
        snap_ = octets;
        return *this;
    }
    /// The gateway's clock: so much ahead when the captures begin, and faster by `ppm` from then on.
    Stage& gateway_clock(std::chrono::nanoseconds ahead, std::int64_t ppm) {
        ahead_ = ahead;
        ppm_ = ppm;
        return *this;
    }
    /// Both captures have each packet twice, as on a bridge that is captured with all its ports.
    Stage& doubled() {
        doubled_ = true;
        return *this;
    }
    /// Another SA in the same captures.
    Stage& merge(const Stage& other);

private:
    struct Captured {
        EpochTime time;
        Bytes packet;
    };
    using File = std::vector<Captured>;
    struct Child {
        std::uint32_t spi_i, spi_r;
        std::optional<esp::Outbound> forth, back;
    };
    void send(ByteView octets, bool forth, bool port_500 = false);
    Header header(ExchangeType exchange, std::uint32_t id, bool forth, bool response) const;
    Payload offer(std::size_t child, bool response) const;
    Bytes nonce_of(std::size_t child, bool forth) const;
    void make_child(std::size_t index);
    KeyStore keys(Keys which) const;
    void feed(diagnose::Diagnoser& to, std::size_t index, const File& file, Keys which) const;
    Said diagnose_one(const File& file, Keys which) const;
    static Said said(diagnose::Report report);

    SeededRng rng_;
    IkeSuite suite_;
    EspSuite esp_suite_;
    IkeSpi spi_i_ = 0, spi_r_ = 0;
    Bytes nonce_i_, nonce_r_, ke_i_, ke_r_;
    IkeKeys keys_;
    std::vector<Child> children_;
    std::vector<SkProtection> protection_;
    Endpoint client_ = client_4500;
    std::chrono::nanoseconds now_{};
    std::size_t snap_ = 0;  ///< 0: all
    std::chrono::nanoseconds ahead_{};
    std::int64_t ppm_ = 0;
    bool doubled_ = false;
    bool at_client_ = true, at_gateway_ = true;
    File client_file_, gateway_file_;
    Bytes last_;
    bool last_forth_ = true;
};

}  // namespace ike::testing
