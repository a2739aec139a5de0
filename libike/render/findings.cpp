#include "libike/render/findings.hpp"

#include <fmt/format.h>

namespace ike {
namespace {

constexpr std::string_view payload_section = "RFC 7296 section 3.2";
constexpr std::string_view header_section = "RFC 7296 section 3.1";

class Collector {
public:
    void add(std::string_view id, Severity severity, std::size_t offset, std::string message,
             std::string_view reference) {
        found_.push_back({id, severity, offset, std::move(message), reference});
    }
    std::vector<Finding> take() { return std::move(found_); }

private:
    std::vector<Finding> found_;
};

void look_at_header(const IkeObservation& seen, Collector& out) {
    const auto& header = seen.header;
    constexpr std::uint8_t known = flag_initiator | flag_version | flag_response;
    if ((header.flags & ~known) != 0) {
        out.add("reserved-bits", Severity::note, 19,
                fmt::format("reserved flags are set: {:#04x}", header.flags & ~known), header_section);
    }
    if (header.initiator_spi == 0) {
        out.add("zero-spi", Severity::error, 0, "the initiator's SPI is zero", header_section);
    }
    const bool first_request = header.exchange == ExchangeType::ike_sa_init && !header.is_response();
    if (first_request && header.responder_spi != 0) {
        out.add("responder-spi-in-request", Severity::error, 8,
                "an IKE_SA_INIT request names a responder's SPI", header_section);
    }
    if (header.exchange == ExchangeType::ike_sa_init && header.message_id != 0) {
        out.add("message-id", Severity::error, 20, "IKE_SA_INIT has a Message ID other than 0",
                "RFC 7296 section 2.2");
    }
}

void look_at_payload(const PayloadView& payload, Collector& out) {
    if (payload.reserved != 0) {
        out.add("reserved-bits", Severity::note, payload.offset + 1,
                fmt::format("reserved bits are set in the header of {}", to_string(payload.type)),
                payload_section);
    }
    const auto number = static_cast<unsigned>(payload.type);
    if (payload.critical && number >= 33 && number <= 48) {
        out.add("critical-bit", Severity::warning, payload.offset + 1,
                fmt::format("the critical bit is set on {}, which every implementation knows",
                            to_string(payload.type)),
                payload_section);
    }
    if (!payload.readable()) {
        const auto error = payload.parse().error.value_or(WireError{});
        out.add("unreadable-payload", Severity::error, error.offset,
                fmt::format("{} cannot be taken apart: {}", to_string(payload.type), to_string(error)),
                payload_section);
    }
    const auto size = payload.body.size();
    if (payload.type == PayloadType::nonce && (size < 16 || size > 256)) {
        out.add("nonce-length", Severity::error, payload.offset, fmt::format("a nonce of {} octets", size),
                "RFC 7296 section 3.9");
    }
}

void look_at_chain(std::span<const PayloadView> payloads, Collector& out) {
    for (const auto& payload : payloads) look_at_payload(payload, out);
}

bool may_repeat(PayloadType type) {
    switch (type) {
        case PayloadType::cert:
        case PayloadType::certreq:
        case PayloadType::notify:
        case PayloadType::delete_payload:
        case PayloadType::vendor_id:
        case PayloadType::cp:
        case PayloadType::ke:
            return true;
        default:
            return static_cast<unsigned>(type) < 33 || static_cast<unsigned>(type) > 48;
    }
}

void look_for_repeats(std::span<const PayloadView> payloads, Collector& out) {
    for (std::size_t i = 0; i < payloads.size(); ++i) {
        const auto same = [&](const PayloadView& other) { return other.type == payloads[i].type; };
        if (may_repeat(payloads[i].type) || std::ranges::none_of(payloads.first(i), same)) continue;
        out.add("repeated-payload", Severity::error, payloads[i].offset,
                fmt::format("{} is there more than once", to_string(payloads[i].type)),
                "RFC 7296 appendix C");
    }
}

void look_at_order(std::span<const PayloadView> payloads, Collector& out) {
    // Order matters to no one but as a fingerprint; RFC 7296 section 2.5 asks receivers to bear any. Only SA,
    // KE, Nonce of IKE_SA_INIT are so fixed by habit that another order is worth a word.
    auto highest = PayloadType::none;
    bool sorted = true;
    for (const auto& payload : payloads) {
        const auto type = payload.type;
        if (type != PayloadType::sa && type != PayloadType::ke && type != PayloadType::nonce) continue;
        sorted = sorted && type >= highest;
        highest = std::max(highest, type);
    }
    if (!sorted) {
        out.add("unusual-order", Severity::note, payloads.front().offset,
                "SA, KE and Nonce come in an unusual order", "RFC 7296 section 1.2");
    }
}

void look_at_checks(const IkeObservation& seen, Collector& out) {
    if (seen.differs_from != 0) {
        out.add("changed-retransmission", Severity::error, 20,
                fmt::format("the Message ID is that of frame {}, the octets are not", seen.differs_from),
                "RFC 7296 section 2.1");
    }
    for (const auto& check : seen.checks) {
        if (check.result != IcvState::bad) continue;
        const bool auth = check.what == "auth";
        const auto id = auth                      ? std::string_view{"auth-wrong"}
                        : check.what == "cookie2" ? std::string_view{"cookie2-wrong"}
                                                  : std::string_view{"cookie-wrong"};
        out.add(id, Severity::error, 0, fmt::format("{}: {}", check.what, check.detail.view()),
                auth                      ? std::string_view{"RFC 7296 section 2.15"}
                : check.what == "cookie2" ? std::string_view{"RFC 4555 section 4.2.5"}
                                          : std::string_view{"RFC 7296 section 2.6"});
    }
}

}  // namespace

std::span<const std::string_view> remark_ids() {
    static constexpr std::string_view ids[] = {
        "reserved-bits", "zero-spi",           "responder-spi-in-request", "message-id",    "critical-bit",
        "nonce-length",  "unreadable-payload", "repeated-payload",         "unusual-order", "auth-wrong",
        "cookie-wrong",  "cookie2-wrong",      "changed-retransmission"};
    return ids;
}

std::vector<Finding> findings(const Observation& seen) {
    Collector out;
    const auto& ike = seen.ike;
    if (seen.what.kind != Kind::ike || ike.header_error || ike.version1) return out.take();
    look_at_header(ike, out);
    look_at_checks(ike, out);
    const auto payloads = ike.outer.views();
    look_at_chain(payloads, out);
    look_for_repeats(payloads, out);
    if (ike.header.exchange == ExchangeType::ike_sa_init && !payloads.empty()) look_at_order(payloads, out);
    look_at_chain(ike.inner.views(), out);
    look_for_repeats(ike.inner.views(), out);
    return out.take();
}

}  // namespace ike
