// Weak algorithms (RFC 8247 for IKE, RFC 8221 for ESP).
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "libike/diagnose/rules.hpp"
#include "libike/registry/transform_id.hpp"
#include "libike/sa/suite.hpp"

namespace ike::diagnose {
namespace {

/// MUST NOT and SHOULD NOT of the tables.
bool is_weak_encr(EncrId id) {
    switch (id) {
        case EncrId::des_iv64:
        case EncrId::des:
        case EncrId::rc5:
        case EncrId::idea:
        case EncrId::cast:
        case EncrId::blowfish:
        case EncrId::triple_idea:
        case EncrId::des_iv32:
        case EncrId::triple_des:  // MAY in RFC 8247, SHOULD NOT in RFC 8221; 64-bit blocks either way
            return true;
        default:
            return false;
    }
}
bool is_weak_integ(IntegId id) {
    return id == IntegId::hmac_md5_96 || id == IntegId::des_mac || id == IntegId::kpdk_md5 ||
           id == IntegId::hmac_md5_128;
}
bool is_weak_prf(PrfId id) { return id == PrfId::hmac_md5 || id == PrfId::hmac_tiger; }
bool is_weak_group(KeId id) {
    switch (id) {
        case KeId::modp_768:
        case KeId::modp_1024:
        case KeId::modp_1536:
        case KeId::modp_1024_160:
        case KeId::modp_2048_224:
        case KeId::modp_2048_256:
        case KeId::ecp_192:
            return true;
        default:
            return false;
    }
}

bool is_weak(const Transform& transform) {
    switch (transform.type) {
        case TransformType::encr:
            return is_weak_encr(static_cast<EncrId>(transform.id));
        case TransformType::integ:
            return is_weak_integ(static_cast<IntegId>(transform.id));
        case TransformType::prf:
            return is_weak_prf(static_cast<PrfId>(transform.id));
        case TransformType::ke:
            return is_weak_group(static_cast<KeId>(transform.id));
        default:
            return false;
    }
}

void add_weak(const SaPayload* sa, std::vector<std::string>& weak) {
    if (sa == nullptr) return;
    for (const auto& proposal : sa->proposals) {
        for (const auto& transform : proposal.transforms) {
            if (!is_weak(transform)) continue;
            auto text = to_string(transform);
            if (std::ranges::count(weak, text) == 0) weak.push_back(std::move(text));
        }
    }
}

/// ESP that encrypts nothing (RFC 2410); meant so, or not.
bool is_null(const SaPayload* sa) {
    if (sa == nullptr || sa->proposals.size() != 1) return false;
    return std::ranges::any_of(sa->proposals.front().transforms, [](const Transform& each) {
        return each.type == TransformType::encr &&
               (each.id == static_cast<std::uint16_t>(EncrId::null_encr) ||
                each.id == static_cast<std::uint16_t>(EncrId::null_auth_aes_gmac));
    });
}

std::string joined(const std::vector<std::string>& words) {
    std::string text;
    for (const auto& each : words) text += (text.empty() ? "" : ", ") + each;
    return text;
}

}  // namespace

void judge_crypto(const Case& in, const IkeSaFacts& sa) {
    std::vector<std::string> chosen, esp;
    std::uint64_t chosen_frame = 0, esp_frame = 0;
    for (const auto& exchange : sa.exchanges) {
        const auto* answer = exchange.response.get<SaPayload>();
        const bool ike = exchange.type == ExchangeType::ike_sa_init;
        if (ike) {
            const auto before = chosen.size();
            add_weak(answer, chosen);
            if (chosen.size() > before) chosen_frame = exchange.response.first().frame;
            continue;
        }
        const auto before = esp.size();
        add_weak(answer, esp);
        if (is_null(answer) && std::ranges::count(esp, "no encryption") == 0) esp.push_back("no encryption");
        if (esp.size() > before) esp_frame = exchange.response.first().frame;
    }
    if (chosen.empty() && esp.empty()) return;
    std::string text;
    if (!chosen.empty()) text = fmt::format("the IKE SA runs on {} ({})", joined(chosen), sa.suite);
    if (!esp.empty()) text += fmt::format("{}ESP runs on {}", text.empty() ? "" : "; ", joined(esp));
    in.add("weak-crypto", Severity::warning, Grade::observed, sa.name(), text, {chosen_frame, esp_frame});
}

/// What was offered and not taken: one note for all IKE SAs of the capture.
void judge_offers(const Case& in) {
    std::vector<std::string> weak;
    std::vector<std::uint64_t> frames;
    std::set<Address> sources;
    const IkeSaFacts* first = nullptr;
    for (const auto& sa : in.facts.sas) {
        std::vector<std::string> offered, chosen;
        std::uint64_t frame = 0;
        for (const auto& exchange : sa.exchanges) {
            if (exchange.type != ExchangeType::ike_sa_init) continue;
            add_weak(exchange.response.get<SaPayload>(), chosen);
            add_weak(exchange.request.get<SaPayload>(), offered);
            if (exchange.request.seen()) frame = exchange.request.first().frame;
        }
        if (offered.empty() || !chosen.empty()) continue;
        if (first == nullptr) first = &sa;
        sources.insert(sa.begun.source.address);
        frames.push_back(frame);
        for (auto& each : offered) {
            if (std::ranges::count(weak, each) == 0) weak.push_back(std::move(each));
        }
    }
    if (first == nullptr) return;
    const auto others = sources.size() - 1;
    in.add("weak-crypto", Severity::note, Grade::observed, frames.size() == 1 ? first->name() : "",
           fmt::format("{}{} {} {} among others; it was not taken", to_string(first->begun.source),
                       others == 0 ? "" : fmt::format(" and {} more", others),
                       others == 0 ? "offers" : "offer", joined(weak)),
           frames);
}

}  // namespace ike::diagnose
