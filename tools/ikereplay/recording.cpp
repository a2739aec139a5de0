#include "tools/ikereplay/recording.hpp"

#include <fmt/format.h>

#include <map>

#include "libike/capture/tracker.hpp"

using namespace ike;

namespace {

/// Gathers what belongs to one IKE SA as packets come.
class Collector {
public:
    explicit Collector(std::optional<IkeSpi> wanted) {
        if (wanted) spis_.insert({*wanted, Roles::kept});
    }

    void add(const Observation& seen) {
        if (seen.what.kind != Kind::ike || seen.ike.version1 || seen.ike.header_error) return;
        const auto& header = seen.ike.header;
        const bool init = header.exchange == ExchangeType::ike_sa_init && !header.is_response();
        if (spis_.empty() && init) spis_.insert({header.initiator_spi, Roles::kept});
        const auto known = spis_.find(header.initiator_spi);
        if (known == spis_.end()) return;
        // A capture on every interface holds a packet once for each it passed.
        if (!recording.messages.empty() && equal(recording.messages.back().octets, seen.ike.octets) &&
            between(recording.messages.back().time, seen.packet.time) < std::chrono::milliseconds{1})
            return;
        auto recorded = record(seen);
        recorded.by_initiator = header.from_initiator() == (known->second == Roles::kept);
        follow_rekey(recorded);
        pair(recorded);
        recording.messages.push_back(std::move(recorded));
    }
    Recording recording;

private:
    static Recorded record(const Observation& seen) {
        const auto& ike = seen.ike;
        Recorded recorded{.frame = seen.packet.frame,
                          .time = seen.packet.time,
                          .source = seen.packet.source,
                          .destination = seen.packet.destination,
                          .marker = seen.what.marker,
                          .octets = to_bytes(ike.octets),
                          .message = {ike.header, {ike.outer.payloads().begin(), ike.outer.payloads().end()}},
                          .opened = true,
                          .obstacle = ike.obstacle.text(),
                          .repetition = ike.repetition > 0,
                          .later_fragment = false,
                          .answer = {}};
        if (!ike.decrypted) return recorded;
        recorded.opened = *ike.decrypted;
        recorded.later_fragment = ike.fragments > 0 && !ike.whole;
        if (!recorded.opened || recorded.later_fragment) return recorded;
        auto& payloads = recorded.message.payloads;
        std::erase_if(payloads, [](const Payload& payload) {
            return payload.type == PayloadType::sk || payload.type == PayloadType::skf;
        });
        const auto inner = ike.inner.payloads();
        payloads.insert(payloads.end(), inner.begin(), inner.end());
        return recorded;
    }
    /// The SPI of an IKE SA that is to replace this one (RFC 7296 section 1.3.2).
    void follow_rekey(const Recorded& recorded) {
        const auto& message = recorded.message;
        if (message.header.exchange != ExchangeType::create_child_sa || message.header.is_response()) return;
        const auto* sa = message.get<SaPayload>();
        if (sa == nullptr) return;
        for (const auto& proposal : sa->proposals) {
            if (proposal.protocol != ProtocolId::ike || proposal.spi.size() != 8) continue;
            Reader in{proposal.spi};
            spis_.insert({in.number<IkeSpi>("spi"), recorded.by_initiator ? Roles::kept : Roles::swapped});
        }
    }
    void pair(const Recorded& response) {
        const auto& header = response.message.header;
        if (!header.is_response() || response.later_fragment) return;
        for (auto request = recording.messages.rbegin(); request != recording.messages.rend(); ++request) {
            const auto& asked = request->message.header;
            if (asked.is_response() || asked.initiator_spi != header.initiator_spi ||
                asked.message_id != header.message_id || asked.from_initiator() == header.from_initiator())
                continue;
            if (!request->answer) request->answer = recording.messages.size();
            // IKE_SA_INIT may take several requests with one Message ID: each has the answer that follows it.
            if (!request->repetition && !request->later_fragment) return;
        }
    }
    /// Who rekeys an IKE SA is the original initiator of the new one (RFC 7296 section 2.2).
    enum class Roles : std::uint8_t { kept, swapped };
    std::map<IkeSpi, Roles> spis_;
};

}  // namespace

Result<Recording> read_recording(const RecordingRequest& request) {
    KeyStore keys;
    for (const auto& path : request.keys)
        if (const auto loaded = keys.load(path); !loaded) return std::unexpected{loaded.error()};
    auto file = CaptureFile::open(request.file);
    if (!file) return std::unexpected{file.error()};
    Collector collector{request.spi};
    auto remarks = keys.remarks();
    Tracker tracker{std::move(keys)};
    while (const auto frame = file->next()) collector.add(tracker.observe(*frame));
    if (file->error()) remarks.push_back(request.file + ": " + *file->error());
    if (collector.recording.messages.empty()) {
        const auto which =
            request.spi ? "IKE SA with initiator SPI " + spi_text(*request.spi) : "IKE_SA_INIT request";
        return failure(fmt::format("{}: no {} in it", request.file, which),
                       "ikedump shows what a capture holds");
    }
    collector.recording.remarks = std::move(remarks);
    return std::move(collector.recording);
}
