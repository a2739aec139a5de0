// EAP inside IKE_AUTH (RFC 7296 section 2.16): what failed, in its own words.
#include <fmt/format.h>

#include <algorithm>

#include "libike/diagnose/rules.hpp"
#include "libike/eap/packet.hpp"

namespace ike::diagnose {
namespace {

/// What a Failure packet of MS-CHAPv2 says, RFC 2759 section 6: "E=691 R=1 C=... V=3 M=..."; empty for other
/// packets.
std::string mschap_failure(const EapPayload& eap) {
    constexpr std::size_t header = 9;  // code, identifier, length, type; OpCode, MS-CHAPv2-ID, MS-Length
    constexpr std::uint8_t failure = 4;
    const auto& octets = eap.message;
    const bool whole = octets.size() >= header;
    const auto type = whole ? static_cast<EapType>(octets[4]) : EapType{};
    if (!whole || (type != EapType::ms_eap && type != EapType::mschapv2) || octets[5] != failure) return {};
    static constexpr std::pair<std::string_view, std::string_view> meanings[] = {
        {"646", "restricted logon hours"},
        {"647", "account disabled"},
        {"648", "password expired"},
        {"649", "no dial-in permission"},
        {"691", "wrong user name or password"},
        {"709", "password change failed"},
    };
    const std::string text{octets.begin() + header, octets.end()};
    const auto at = text.find("E=");
    const auto code = at == text.npos ? std::string{} : text.substr(at + 2, text.find(' ', at) - at - 2);
    const auto known =
        std::ranges::find(meanings, code, &std::pair<std::string_view, std::string_view>::first);
    return known == std::end(meanings)
               ? std::string{"the server said Failure"}
               : fmt::format("the server said Failure, error {}: {}", code, known->second);
}

/// A method's own word for failure, which the client may end the IKE SA upon before EAP does.
bool look_at_eap_method(const Case& in, const IkeSaFacts& sa) {
    for (const auto& exchange : sa.exchanges) {
        const auto* eap = exchange.response.get<EapPayload>();
        const auto failure = eap == nullptr ? std::string{} : mschap_failure(*eap);
        if (failure.empty() || sa.established) continue;
        in.add("auth-eap", Severity::error, Grade::observed, sa.name(),
               fmt::format("EAP-MSCHAPv2: {} ({})", failure, identities_text(sa)), frames_of(exchange));
        return true;
    }
    return false;
}

/// RFC 3748 section 4.2; inside IKE_AUTH (RFC 7296 section 2.16).
bool look_at_eap(const Case& in, const IkeSaFacts& sa) {
    const EapPayload* last_request = nullptr;
    for (const auto& exchange : sa.exchanges) {
        const auto* eap = exchange.response.get<EapPayload>();
        if (eap == nullptr || eap->message.empty()) continue;
        if (eap->message[0] != static_cast<std::uint8_t>(EapCode::failure)) {
            last_request = eap;
            continue;
        }
        std::string method = "before a method was agreed on";
        if (last_request != nullptr && last_request->message.size() > 4) {
            method = "with " + eap::method_name(static_cast<EapType>(last_request->message[4]));
        }
        in.add("auth-eap", Severity::error, Grade::observed, sa.name(),
               fmt::format("EAP ended in Failure {} ({})", method, identities_text(sa)), frames_of(exchange));
        return true;
    }
    return false;
}

}  // namespace

bool judge_eap(const Case& in, const IkeSaFacts& sa) {
    return look_at_eap_method(in, sa) || look_at_eap(in, sa);
}

}  // namespace ike::diagnose
