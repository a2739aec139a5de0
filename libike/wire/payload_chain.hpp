#pragma once
// Payloads where they lie in a message, taken apart only when somebody asks for what is in them.
#include "libike/wire/message.hpp"

namespace ike {

/// One payload of octets that it does not own: its generic header (RFC 7296 section 3.2) and where its body
/// is.
struct PayloadView {
    PayloadType type{};
    PayloadType next{};  ///< the Next Payload field
    bool critical = false;
    std::uint8_t reserved = 0;   ///< the seven bits beside the critical bit
    std::uint32_t offset = 0;    ///< of the generic payload header in what was read
    ByteView body;               ///< what follows the generic payload header
    std::size_t length() const;  ///< header included
    /// Whether parse() finds no error, told without taking the body apart.
    bool readable() const;
    /// The payload as a value; a body that cannot be taken apart stays Opaque with its error.
    Payload parse() const;
};

/// Reads the generic headers of a chain that begins with a payload of type `first`, the bodies not; `out` is
/// emptied before. An SK or SKF payload ends it (RFC 7296 section 3.14). At most 1,000 payloads. The error is
/// the chain's.
std::optional<WireError> walk_chain(PayloadType first, ByteView octets, std::size_t origin,
                                    std::vector<PayloadView>& out);

/// A chain of payloads: views at once, values on demand. Used again and again it allocates nothing for views.
/// The octets must outlive it, or the next read(). Values belong to it and are valid as long. For one thread.
class PayloadChain {
public:
    PayloadChain() = default;
    /// A chain of values that lie nowhere: it has no views.
    explicit PayloadChain(std::vector<Payload> payloads) : parsed_{std::move(payloads)}, is_parsed_{true} {}
    void read(PayloadType first, ByteView octets, std::size_t origin);
    void clear();
    bool empty() const { return views_.empty() && parsed_.empty(); }
    std::span<const PayloadView> views() const { return views_; }
    /// All of them as values, in order.
    std::span<const Payload> payloads() const;
    /// Why there are no more; what is wrong with a body is in its Payload.
    const std::optional<WireError>& error() const { return error_; }
    /// The first payload of that type where it lies, or nullptr.
    const PayloadView* find(PayloadType type) const;
    /// The body of the first payload of that type, where it could be taken apart.
    template <class T>
    std::optional<T> body(PayloadType type) const {
        const auto* view = find(type);
        if (view == nullptr) return std::nullopt;
        auto payload = view->parse();
        auto* body = std::get_if<T>(&payload.body);
        return body != nullptr ? std::optional<T>{std::move(*body)} : std::nullopt;
    }
    /// The Notification Data of the first notification of that type.
    std::optional<ByteView> notification(NotifyType type) const;

private:
    std::vector<PayloadView> views_;
    mutable std::vector<Payload> parsed_;
    mutable bool is_parsed_ = false;
    std::optional<WireError> error_;
};

/// The payloads of a datagram whose header was read: as read_message(), but where they lie. The error is that
/// of the header's length where it contradicts the datagram, else the chain's.
std::optional<WireError> read_payloads(const Header& header, ByteView datagram, PayloadChain& into);

/// A Notify payload's fields where they lie (RFC 7296 section 3.10).
struct NotifyView {
    ProtocolId protocol{};
    NotifyType type{};
    ByteView spi, data;
};
/// Nothing where the body is too short.
std::optional<NotifyView> notify_view(ByteView body);

/// One proposal of an SA payload where it lies (RFC 7296 section 3.3.1), its transforms not taken apart.
struct ProposalView {
    std::uint8_t last = 0, reserved = 0, number = 0;
    ProtocolId protocol{};
    std::uint8_t transform_count = 0;
    ByteView spi, transforms;
};
/// The proposal that `body` begins with, which is taken off it; nothing where it is broken or none is left.
std::optional<ProposalView> next_proposal(ByteView& body);
/// Whether its transforms and their attributes fill their place (RFC 7296 sections 3.3.2 and 3.3.5), so that
/// an SA payload of nothing but such proposals can be taken apart.
bool well_formed(const ProposalView& proposal);

}  // namespace ike
