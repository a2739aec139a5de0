#include "libike/capture/missing_keys.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <span>

namespace ike {
namespace {

/// "9", "9 and 11", "9, 11 and 13"
std::string list(std::span<const std::uint64_t> numbers) {
    std::string text;
    for (std::size_t i = 0; i < numbers.size(); ++i) {
        if (i > 0) text += i + 1 == numbers.size() ? " and " : ", ";
        text += std::to_string(numbers[i]);
    }
    return text;
}

/// What was created, where, and by which key exchanges.
std::string created(const MissingKeys& missing) {
    using enum MissingKeys::Of;
    auto text = fmt::format("{} at frame {}",
                            missing.of == ike_sa_init   ? "IKE SA begun"
                            : missing.of == rekeyed_ike ? "IKE SA rekeyed"
                                                        : "Child SA created",
                            missing.frame);
    if (missing.of == ike_sa_init || missing.exchanges == 0) return text;
    text += " with PFS";
    if (missing.exchanges == 1) return text;
    const auto& more = missing.followups;
    const auto absent = missing.exchanges - 1 - std::min(more.size(), missing.exchanges - 1);
    text += " and IKE_FOLLOWUP_KE";
    if (!more.empty()) text += fmt::format(" at frame{} {}", more.size() == 1 ? "" : "s", list(more));
    if (absent > 0 && !more.empty()) text += fmt::format(" and {} more", absent);
    if (absent > 0) text += " that the capture does not show";
    return text;
}

std::string wanted_secrets(const MissingKeys& missing) {
    if (missing.exchanges > 1)
        return missing.exchanges == 2
                   ? "the shared secrets of both exchanges"
                   : fmt::format("the shared secrets of all {} exchanges", missing.exchanges);
    using enum MissingKeys::Of;
    if (missing.of == ike_sa_init) return "the shared secret of IKE_SA_INIT";
    return missing.of == rekeyed_ike ? "the new shared secret" : "the shared secret of that exchange";
}

}  // namespace

std::string to_string(const MissingKeys& missing) {
    if (missing.nonces)
        return created(missing) +
               "; needs the nonces of IKE_SA_INIT, which are neither in the capture nor known, or its own "
               "keys";
    const bool seen_to_the_end = missing.exchanges <= 1 + missing.followups.size();
    std::string needs;
    if (seen_to_the_end) {
        if (missing.secrets) needs = wanted_secrets(missing);
        const auto* older = missing.of == MissingKeys::Of::child ? "its IKE SA" : "the old IKE SA";
        if (missing.sk_d) needs += fmt::format("{}SK_d of {}", needs.empty() ? "" : " and ", older);
    }
    const auto own = needs.empty() ? "its own keys" : ", or its own keys";
    return fmt::format("{}; needs {}{}{}", created(missing), needs, own,
                       missing.tried && seen_to_the_end ? "; none of the secrets at hand fits" : "");
}

}  // namespace ike
