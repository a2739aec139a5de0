// What a capture tells of its initiator, as flags and as a peer's configuration.
#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "libike/sa/traffic_selectors.hpp"
#include "tools/ikereplay/reenact.hpp"

using namespace ike;

namespace {

const Recorded* first_request(const Recording& recording, ExchangeType exchange) {
    for (const auto* request : exchanges_of(recording))
        if (request->message.header.exchange == exchange) return request;
    return nullptr;
}

bool is_supported(const Transform& transform) {
    const auto id = transform.id;
    switch (transform.type) {
        case TransformType::encr:
            return crypto::supported(static_cast<EncrId>(id), transform.key_length().value_or(0));
        case TransformType::prf:
            return crypto::supported(static_cast<PrfId>(id));
        case TransformType::integ:
            return id == 0 || crypto::supported(static_cast<IntegId>(id));
        case TransformType::ke:
            return id == 0 || crypto::supported(static_cast<KeId>(id));
        default:
            return transform.type == TransformType::sn;
    }
}

/// The proposals of a request without SPIs and without what we cannot do; those left with nothing to encrypt
/// go.
std::vector<Proposal> usable(const SaPayload& sa) {
    std::vector<Proposal> proposals;
    for (auto proposal : sa.proposals) {
        proposal.spi.clear();
        std::erase_if(proposal.transforms, [](const Transform& each) { return !is_supported(each); });
        const bool encrypts =
            std::any_of(proposal.transforms.begin(), proposal.transforms.end(),
                        [](const Transform& each) { return each.type == TransformType::encr; });
        if (encrypts) proposals.push_back(std::move(proposal));
    }
    return proposals;
}

/// The group that the captured initiator used, in front of the other groups of its proposals.
void prefer_group(std::vector<Proposal>& proposals, KeId group) {
    for (auto& proposal : proposals) {
        std::vector<Transform> others;
        for (auto& each : proposal.transforms) {
            if (each.type == TransformType::ke && each.id != static_cast<std::uint16_t>(group))
                others.push_back(std::move(each));
        }
        std::erase_if(proposal.transforms, [&](const Transform& each) {
            return each.type == TransformType::ke && each.id != static_cast<std::uint16_t>(group);
        });
        std::ranges::move(others, std::back_inserter(proposal.transforms));
    }
}

std::string selectors(const Message& message, PayloadType type) {
    const auto* ts = message.get<TsPayload>(type);
    return ts != nullptr ? to_string(std::span{ts->selectors}) : std::string{};
}

}  // namespace

std::vector<const Recorded*> exchanges_of(const Recording& recording) {
    std::vector<const Recorded*> requests;
    const Recorded* init = nullptr;
    for (const auto& recorded : recording.messages) {
        const auto& header = recorded.message.header;
        if (!recorded.by_initiator || header.is_response() || recorded.repetition || recorded.later_fragment)
            continue;
        if (header.exchange == ExchangeType::ike_sa_init) {
            // A cookie or another group was asked for: the last request is the one that counts.
            if (init != nullptr) std::erase(requests, init);
            init = &recorded;
        }
        requests.push_back(&recorded);
    }
    return requests;
}

Result<CommonOptions> options_from(const Recording& recording, CommonOptions given) {
    const auto* auth = first_request(recording, ExchangeType::ike_auth);
    if (auth == nullptr) return failure("the capture has no IKE_AUTH request: there is nothing to re-enact");
    if (!auth->opened)
        return failure(fmt::format("frame {}: IKE_AUTH cannot be decrypted: {}", auth->frame, auth->obstacle),
                       "--keys names the key log of the capture");
    const auto& message = auth->message;
    if (message.get<AuthPayload>() == nullptr)
        return failure(fmt::format("frame {}: the initiator authenticates by EAP, which cannot be re-enacted",
                                   auth->frame));
    if (const auto* id = message.get<IdPayload>(PayloadType::idi); id != nullptr && given.id.empty())
        given.id = to_string(Identity::from(*id));
    if (const auto* id = message.get<IdPayload>(PayloadType::idr); id != nullptr && given.remote_id.empty())
        given.remote_id = to_string(Identity::from(*id));
    if (given.ts_local.empty()) given.ts_local = selectors(message, PayloadType::tsi);
    if (given.ts_remote.empty()) given.ts_remote = selectors(message, PayloadType::tsr);
    given.no_mobike |= message.notify(NotifyType::mobike_supported) == nullptr;
    return given;
}

void adapt(const Recording& recording, const CommonOptions& given, PeerConfig& peer) {
    if (const auto* init = first_request(recording, ExchangeType::ike_sa_init)) {
        const auto* sa = init->message.get<SaPayload>();
        if (sa != nullptr && given.proposal.empty()) {
            if (auto proposals = usable(*sa); !proposals.empty()) peer.ike_proposals = std::move(proposals);
            if (const auto* ke = init->message.get<KePayload>()) prefer_group(peer.ike_proposals, ke->group);
        }
    }
    if (const auto* auth = first_request(recording, ExchangeType::ike_auth)) {
        const auto* sa = auth->message.get<SaPayload>();
        if (sa != nullptr && given.esp_proposal.empty())
            if (auto proposals = usable(*sa); !proposals.empty()) peer.esp_proposals = std::move(proposals);
        peer.send_initial_contact = auth->message.notify(NotifyType::initial_contact) != nullptr;
    }
    // Only what the capture has is to be said.
    peer.timers.liveness = {};
    peer.timers.ike_rekey = {};
    peer.timers.child_rekey = {};
}
