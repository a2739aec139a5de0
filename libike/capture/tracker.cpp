#include "libike/capture/tracker.hpp"

#include <fmt/format.h>

#include "libike/capture/auth_check.hpp"
#include "libike/capture/digest.hpp"

namespace ike {
namespace {

constexpr std::size_t half_of_sas = 500'000;
constexpr std::size_t half_of_fragments = 128;
constexpr std::size_t half_of_locked = 20'000;
constexpr std::size_t half_of_exchanges = 4096;
constexpr std::size_t longest_nonce = 256;  // RFC 7296 section 3.9
constexpr std::size_t first_exchange_size = std::tuple_size_v<decltype(InitMemory{}.recent.messages)>;
constexpr std::size_t longest_init = 8192;  // with the largest groups and many proposals

bool is_authip(const Header& header) { return static_cast<unsigned>(header.exchange) >= 243; }

void reset(IkeObservation& seen, ByteView octets) {
    seen.octets = octets;
    seen.header = {};
    seen.outer.clear();
    seen.error.reset();
    seen.header_error.reset();
    seen.version1 = seen.authip = seen.whole = false;
    seen.decrypted.reset();
    seen.integrity = IcvState::unknown;
    seen.obstacle.clear();
    seen.inner.clear();
    seen.content.keep_first(0);
    seen.fragment = seen.fragments = 0;
    seen.repeats = seen.answers = 0;
    seen.repetition = 0;
    seen.since = {};
    seen.differs_from = 0;
    seen.checks.clear();
    seen.key.reset();
}

}  // namespace

Tracker::Tracker(KeyStore keys)
    : keys_{std::move(keys)},
      ike_opener_{keys_},
      esp_opener_{keys_},
      inits_{half_of_sas},
      exchanges_{half_of_exchanges},
      sas_{half_of_sas},
      fragments_{half_of_fragments},
      locked_esp_{half_of_locked},
      locked_ike_{half_of_locked} {}

const Observation& Tracker::observe(const Frame& frame) {
    reader_.read(frame, seen_.packet);
    in_stream_ = seen_.packet.transport == Transport::tcp && streams_.add(seen_.packet);
    if (in_stream_ && take_from_stream()) return seen_;
    seen_.what = recogniser_.look(seen_.packet);
    look_into();
    return seen_;
}

const Observation* Tracker::more() { return in_stream_ && take_from_stream() ? &seen_ : nullptr; }

bool Tracker::take_from_stream() {
    const auto unit = streams_.next();
    if (!unit) return false;
    seen_.what = Recogniser::look_into_stream(unit->octets);
    look_into();
    return true;
}

void Tracker::look_into() {
    switch (seen_.what.kind) {
        case Kind::ike:
            observe_ike();
            break;
        case Kind::ah:
            observe_ah();
            break;
        case Kind::esp:
            observe_esp();
            break;
        case Kind::icmp:
            seen_.icmp = read_icmp(seen_.what.octets, seen_.packet.source.address.is_v6());
            break;
        default:
            break;
    }
}

void Tracker::observe_esp() {
    esp_opener_.open(seen_.what.octets, seen_.packet, seen_.esp, std::exchange(esp_ahead_, nullptr));
    if (seen_.esp.decrypted || !seen_.esp.readable) return;
    if (seen_.packet.cut) return blame_snap_length(seen_.esp.integrity, seen_.esp.obstacle);
    if (locked_esp_.empty()) return;
    if (unlock_child()) return esp_opener_.open(seen_.what.octets, seen_.packet, seen_.esp);
    // Keys that are not there are no wrong keys, whatever others were tried that are for any SPI.
    const auto* locked = locked_esp_.find(seen_.esp.spi);
    if (locked == nullptr || !keys_.esp(seen_.esp.spi).empty()) return;
    seen_.esp.integrity = IcvState::unknown;
    seen_.esp.obstacle = why_locked(**locked);
}

void Tracker::blame_snap_length(IcvState& integrity, Words& obstacle) {
    integrity = IcvState::unknown;
    obstacle = "the capture does not hold all of the packet";
}

void Tracker::observe_ah() {
    auto& seen = seen_.esp;
    const auto octets = seen_.what.octets;
    seen = {};
    // RFC 4302 section 2: next header, length in words less 2, reserved, SPI, sequence number, ICV.
    if (octets.size() < 12) return;
    Reader in{octets};
    seen.next_header = in.number<std::uint8_t>("next header");
    const std::size_t size = (in.number<std::uint8_t>("payload length") + 2u) * 4;
    in.take(2, "reserved");
    seen.spi = in.number<std::uint32_t>("spi");
    seen.sequence = seen.sequence_low = in.number<std::uint32_t>("sequence number");
    seen.readable = true;
    if (size < 12 || size > octets.size()) return;
    seen.payload = seen.content = octets.subspan(size);
    seen.ipcomp.reset();
    seen.inner = inner_packet(seen.next_header, seen.payload, seen.payload.size(), seen_.packet);
}

void Tracker::observe_ike() {
    auto& seen = seen_.ike;
    reset(seen, seen_.what.octets);
    auto& header = seen.header;
    if (!read_header(seen.octets, header)) {
        seen.header_error = read_header(seen.octets).error();
        return;
    }
    seen.version1 = header.major() == 1;
    if (seen.version1) {
        seen.authip = is_authip(header);
    } else if (const auto error = read_payloads(header, seen.octets, seen.outer)) {
        seen.error = *error;
    }
    if (header.exchange == ExchangeType::ike_sa_init && !seen.version1) return observe_init();
    note_fragment();
    auto& sa = sas_[{header.initiator_spi, header.responder_spi}];
    remember(sa.recent);
    if (seen.version1) return;
    open(sa);
    if (seen.integrity != IcvState::good || (seen.fragments != 0 && !seen.whole)) return;
    check(sa);
    // Fragments of one message differ from each other, and a retransmission makes nothing new.
    if (seen.repeats == 0) follow(sa);
}

void Tracker::observe_init() {
    const auto& seen = seen_.ike;
    auto& init = inits_[seen.header.initiator_spi];
    remember(init.recent);
    if (auto found = check_cookie(seen, init)) seen_.ike.checks.push_back(std::move(*found));
    if (!keys_.has_more()) return;
    const auto* nonce = seen.outer.find(PayloadType::nonce);
    if (nonce == nullptr || nonce->body.size() > longest_nonce) return;
    if (!init.nonces) init.nonces = std::make_unique<Nonces>();
    (seen.header.is_response() ? init.nonces->r : init.nonces->i).assign(nonce->body);
    if (seen_.ike.octets.size() <= longest_init) keep_init(init);
}

/// Is this message one that went by before, or the answer to one?
template <std::size_t size>
void Tracker::remember(Recent<size>& recent) {
    auto& seen = seen_.ike;
    const auto& header = seen.header;
    const auto hash = Digest{seen.octets}.value();
    for (auto& other : recent.messages) {
        if (other.frame == 0) break;  // nothing more
        if (other.message_id != header.message_id) continue;
        if (other.flags == header.flags && other.digest == hash) {
            if (other.repetitions < 255) ++other.repetitions;
            seen.repeats = other.frame;
            seen.repetition = other.repetitions;
            seen.since = between(other.time, seen_.packet.time);
            return;
        }
        // Fragments share a Message ID, and IKE_SA_INIT has cookies and other groups to try again with.
        const bool comparable = size > first_exchange_size && seen.fragments == 0 && !seen.version1;
        if (comparable && other.flags == header.flags && !other.fragment) seen.differs_from = other.frame;
        // IKEv1 has no flag that tells requests from responses.
        const auto turned = flag_initiator | flag_response;
        const bool answer = !seen.version1 && header.is_response() && (other.flags ^ header.flags) == turned;
        // The last request of its own octets: after a COOKIE there are two with Message ID 0.
        if (answer && other.frame > seen.answers) {
            seen.answers = other.frame;
            seen.since = between(other.time, seen_.packet.time);
        }
    }
    recent.push({seen_.packet.time, seen_.packet.frame, hash, header.message_id, header.flags, 0,
                 seen.fragments != 0});
}

void Tracker::open(SaMemory& sa) {
    auto& seen = seen_.ike;
    if (!cut_payload().empty()) {
        seen.decrypted = false;
        return blame_snap_length(seen.integrity, seen.obstacle);
    }
    const auto payloads = seen.outer.views();
    if (payloads.empty()) return;
    const auto& last = payloads.back();
    if (last.type != PayloadType::sk && last.type != PayloadType::skf) return;
    seen.decrypted = false;
    if (!sa.keys.key) unlock_ike();
    // Generic header, and the fragment's number and total.
    const std::size_t before = last.type == PayloadType::sk ? 4 : 8;
    const bool whole = !seen.error && last.length() >= before;
    const IkeOpener::Sealed sealed{seen.header, seen.octets, whole ? last.offset + before : 0, ike_ahead_};
    auto outcome = ike_opener_.open(sealed, sa.keys, seen.content);
    if (outcome == IkeOpener::Outcome::mismatch && sa.keys.may_change && unlock_ike())
        outcome = ike_opener_.open(sealed, sa.keys, seen.content);
    explain(outcome, sa.keys.may_change ? sa.intermediate : 0);
    if (seen_.packet.cut && seen.integrity != IcvState::good)
        blame_snap_length(seen.integrity, seen.obstacle);
    if (seen.integrity == IcvState::good) seen.key = sa.keys.key;
    if (seen.decrypted == true) return take_content(last);
    seen.content.keep_first(0);
}

void Tracker::explain(IkeOpener::Outcome outcome, std::uint64_t intermediate) {
    auto& seen = seen_.ike;
    const auto locked = [&] {
        return locked_ike_.find({seen.header.initiator_spi, seen.header.responder_spi});
    };
    switch (outcome) {
        case IkeOpener::Outcome::no_keys:
        case IkeOpener::Outcome::unusable:
            seen.obstacle = outcome == IkeOpener::Outcome::no_keys
                                ? "no keys for this IKE SA"
                                : "keys for a cipher that is not supported";
            if (const auto* why = locked()) seen.obstacle = why_locked(*why);
            break;
        case IkeOpener::Outcome::mismatch:
            // After another key exchange the keys before it are no wrong keys, only old ones.
            if (intermediate != 0) {
                const auto* why = locked();
                seen.obstacle = fmt::format(
                    "IKE_INTERMEDIATE at frame {} changed the keys; needs the keys after it, or its shared "
                    "secret{}",
                    intermediate,
                    why != nullptr && why->missing.tried ? "; none of the secrets at hand fits" : "");
                break;
            }
            seen.integrity = IcvState::bad;
            seen.obstacle = "the ICV is wrong with the keys for this IKE SA";
            break;
        case IkeOpener::Outcome::truncated:
            seen.obstacle = "too short for IV and ICV";
            break;
        case IkeOpener::Outcome::padding:
            seen.integrity = IcvState::good;
            seen.obstacle = "the ICV is right, the pad length is not";
            break;
        case IkeOpener::Outcome::forged:
            seen.decrypted = true;
            seen.integrity = IcvState::bad;
            break;
        case IkeOpener::Outcome::opened:
            seen.decrypted = true;
            seen.integrity = IcvState::good;
            break;
    }
}

/// Reads the payloads inside; those of fragments once the last missing one is there.
void Tracker::take_content(const PayloadView& encrypted) {
    auto& seen = seen_.ike;
    if (encrypted.type == PayloadType::skf) {
        const auto& header = seen.header;
        const FragmentKey key{{header.initiator_spi, header.responder_spi}, header.message_id, header.flags};
        const SkfPayload fragment{
            .first = encrypted.next, .number = seen.fragment, .total = seen.fragments, .data = {}};
        auto whole = fragments_[key].add(fragment, std::exchange(seen.content, {}));
        if (!whole) return;
        fragments_.erase(key);
        seen.whole = true;
        seen.inner_first = whole->first;
        seen.content = std::move(whole->content);
    } else {
        seen.inner_first = encrypted.next;
    }
    seen.inner.read(seen.inner_first, seen.content.view(), 0);
}

}  // namespace ike
