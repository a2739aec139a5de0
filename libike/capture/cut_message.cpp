// Encrypted IKE messages as far as the capture has them: what was cut off, and which fragment it is.
#include <algorithm>

#include "libike/capture/tracker.hpp"

namespace ike {

/// What the capture cut off in the middle of SK or SKF, from the payload's header on; empty for other
/// messages.
ByteView Tracker::cut_payload() const {
    const auto& seen = seen_.ike;
    if (!seen_.packet.cut) return {};
    const auto payloads = seen.outer.views();
    const auto type = payloads.empty() ? seen.header.next : payloads.back().next;
    const bool whole = !payloads.empty() &&
                       (payloads.back().type == PayloadType::sk || payloads.back().type == PayloadType::skf);
    if (whole || (type != PayloadType::sk && type != PayloadType::skf)) return {};
    const auto at = payloads.empty() ? ike_header_size : payloads.back().offset + payloads.back().length();
    return seen.octets.subspan(std::min(at, seen.octets.size()));
}

void Tracker::note_fragment() {
    auto& seen = seen_.ike;
    constexpr std::size_t generic_header = 4, numbers = 4;  // RFC 7383 section 2.5
    const auto payloads = seen.outer.views();
    const bool skf = !payloads.empty() && payloads.back().type == PayloadType::skf;
    const auto cut = cut_payload();
    const bool cut_skf = (payloads.empty() ? seen.header.next : payloads.back().next) == PayloadType::skf &&
                         cut.size() >= generic_header + numbers;
    const auto body = skf ? payloads.back().body : cut_skf ? cut.subspan(generic_header) : ByteView{};
    if (body.size() < numbers) return;
    Reader in{body};
    seen.fragment = in.number<std::uint16_t>("fragment number");
    seen.fragments = in.number<std::uint16_t>("total fragments");
}

}  // namespace ike
