#include "tools/ikereplay/compare.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <map>

#include "libike/sa/auth.hpp"
#include "libike/sa/notify_data.hpp"
#include "libike/sa/suite.hpp"
#include "libike/sa/traffic_selectors.hpp"

using namespace ike;

namespace {

/// "live A, captured B"
std::string pair_text(std::string_view what, const std::string& captured, const std::string& live) {
    return fmt::format("{}: live {}, captured {}", what, live, captured);
}

std::string proposals_text(const SaPayload& sa) {
    std::vector<std::string> all;
    for (const auto& proposal : sa.proposals) all.push_back(to_string(proposal));
    return fmt::format("{}", fmt::join(all, ", "));
}

bool is_fresh(NotifyType type) {
    switch (type) {
        case NotifyType::cookie:
        case NotifyType::cookie2:
        case NotifyType::nat_detection_source_ip:
        case NotifyType::nat_detection_destination_ip:
        case NotifyType::rekey_sa:
            return true;
        default:
            return false;
    }
}

std::optional<std::string> compare_notify(const std::string& label, const Notify& captured,
                                          const Notify& live) {
    if (is_fresh(captured.type) || captured.data == live.data) return std::nullopt;
    if (const auto a = additional_address(captured), b = additional_address(live); a && b)
        return pair_text(label, to_string(*a), to_string(*b));
    if (captured.data.size() > 16 || live.data.size() > 16) return label + ": other data";
    return pair_text(label, hex(captured.data), hex(live.data));
}

/// One payload against its counterpart of the same label.
std::optional<std::string> compare_body(const std::string& label, const Payload& captured,
                                        const Payload& live) {
    const auto text = [&](const std::string& a, const std::string& b) -> std::optional<std::string> {
        if (a == b) return std::nullopt;
        return pair_text(label, a, b);
    };
    return std::visit(
        Overloaded{
            [&](const SaPayload& a, const SaPayload& b) {
                return text(proposals_text(a), proposals_text(b));
            },
            [&](const KePayload& a, const KePayload& b) {
                return text(to_string(a.group), to_string(b.group));
            },
            [&](const IdPayload& a, const IdPayload& b) {
                return text(to_string(Identity::from(a)), to_string(Identity::from(b)));
            },
            [&](const AuthPayload& a, const AuthPayload& b) {
                return text(to_string(a.method), to_string(b.method));
            },
            [&](const TsPayload& a, const TsPayload& b) {
                return text(to_string(std::span{a.selectors}), to_string(std::span{b.selectors}));
            },
            [&](const Notify& a, const Notify& b) { return compare_notify(label, a, b); },
            [&](const NoncePayload& a, const NoncePayload& b) {
                return text(fmt::format("{} octets", a.data.size()), fmt::format("{} octets", b.data.size()));
            },
            [&](const SkPayload& a, const SkPayload& b) {
                return text(fmt::format("{} octets", a.data.size()), fmt::format("{} octets", b.data.size()));
            },
            [&](const DeletePayload& a, const DeletePayload& b) {
                return text(fmt::format("{} SPIs", a.spis.size()), fmt::format("{} SPIs", b.spis.size()));
            },
            [&]<class A, class B>(const A& a, const B& b) -> std::optional<std::string> {
                if constexpr (std::is_same_v<A, B>)
                    if (a == b) return std::nullopt;
                return label + ": other content";
            }},
        captured.body, live.body);
}

using ByLabel = std::map<std::string, std::vector<const Payload*>>;
ByLabel by_label(const Message& message) {
    ByLabel labels;
    for (const auto& payload : message.payloads) labels[payload_label(payload)].push_back(&payload);
    return labels;
}

}  // namespace

std::string payload_label(const Payload& payload) {
    if (const auto* notify = std::get_if<Notify>(&payload.body))
        return fmt::format("N({})", to_string(notify->type));
    return to_string(payload.type);
}

std::vector<std::string> compare(const Message& captured, const Message& live) {
    std::vector<std::string> differences;
    if (captured.header.exchange != live.header.exchange)
        differences.push_back(
            pair_text("exchange", to_string(captured.header.exchange), to_string(live.header.exchange)));
    const auto theirs = by_label(captured);
    auto ours = by_label(live);
    for (const auto& [label, payloads] : theirs) {
        const auto& counterparts = ours[label];
        const auto both = std::min(payloads.size(), counterparts.size());
        for (std::size_t i = 0; i < both; ++i)
            if (auto difference = compare_body(label, *payloads[i], *counterparts[i]))
                differences.push_back(std::move(*difference));
        for (auto i = both; i < payloads.size(); ++i) differences.push_back("live lacks " + label);
        for (auto i = both; i < counterparts.size(); ++i) differences.push_back("live adds " + label);
        ours.erase(label);
    }
    for (const auto& [label, payloads] : ours)
        for (std::size_t i = 0; i < payloads.size(); ++i) differences.push_back("live adds " + label);
    return differences;
}
