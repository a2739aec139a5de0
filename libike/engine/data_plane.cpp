#include "libike/engine/data_plane.hpp"

#include <fmt/format.h>

#include <stdexcept>

#include "libike/engine/data_plane_child.hpp"
#include "libike/esp/ecn.hpp"

namespace ike {

namespace {

using InFailure = DataPlane::InFailure;
using OutFailure = DataPlane::OutFailure;
using data_plane::Child;

// ---- packets
// ------------------------------------------------------------------------------------------------

/// The octets of the IP packet that begins here, without what follows it (TFC padding); empty when it is none
/// of this version.
MutableBytes ip_packet(MutableBytes octets, std::uint8_t next_header) {
    const bool v4 = next_header == esp::next_header_ipv4;
    if (!v4 && next_header != esp::next_header_ipv6) return {};
    if (octets.size() < (v4 ? 20u : 40u) || octets[0] >> 4 != (v4 ? 4 : 6)) return {};
    const auto at = v4 ? 2u : 4u;
    const auto size = (v4 ? 0u : 40u) + (std::size_t{octets[at]} << 8 | octets[at + 1]);
    return size < (v4 ? 20u : 40u) || size > octets.size() ? MutableBytes{} : octets.first(size);
}

/// The ends of native ESP have no ports; then addresses alone tell.
bool is_same_path(const Path& path, const ChildTraffic& sa) {
    const bool portless = path.remote.port == 0 || !sa.udp_encapsulation;
    if (!portless) return path == sa.path;
    return path.remote.address == sa.path.remote.address && path.local.address == sa.path.local.address;
}

void count(ChildTraffic& traffic, InFailure failure) {
    switch (failure) {
        case InFailure::replayed:
            ++traffic.replayed;
            break;
        case InFailure::too_old:
            ++traffic.too_old;
            break;
        case InFailure::integrity:
            ++traffic.bad_icv;
            break;
        case InFailure::selectors:
            ++traffic.selector_mismatch;
            break;
        case InFailure::dummy:
            ++traffic.dummies;
            break;
        case InFailure::congestion:
            ++traffic.congestion;
            break;
        case InFailure::truncated:
        case InFailure::padding:
        case InFailure::malformed:
            ++traffic.malformed;
            break;
        case InFailure::unknown_spi:
            break;
    }
}

InFailure failure_of(esp::OpenFailure failure) {
    switch (failure) {
        case esp::OpenFailure::truncated:
            return InFailure::truncated;
        case esp::OpenFailure::replayed:
            return InFailure::replayed;
        case esp::OpenFailure::too_old:
            return InFailure::too_old;
        case esp::OpenFailure::padding:
            return InFailure::padding;
        case esp::OpenFailure::integrity:
            break;
    }
    return InFailure::integrity;
}

/// What is inside an authentic packet, judged.
std::expected<MutableBytes, InFailure> inner_packet(const Child& child, MutableBytes octets,
                                                    std::uint8_t next_header, std::uint8_t outer_ecn) {
    if (next_header == esp::next_header_none) return std::unexpected{InFailure::dummy};
    const auto packet = ip_packet(octets, next_header);
    const auto fields = packet_fields(packet);
    if (!fields) return std::unexpected{InFailure::malformed};
    if (!data_plane::inbound_match(child, *fields)) return std::unexpected{InFailure::selectors};
    if (outer_ecn == 0) return packet;
    const auto inner = static_cast<esp::Ecn>(esp::traffic_class(packet) & 3);
    const auto combined = esp::decapsulated(inner, static_cast<esp::Ecn>(outer_ecn & 3));
    if (!combined) return std::unexpected{InFailure::congestion};
    if (*combined != inner) esp::set_ecn(packet, *combined);
    return packet;
}

std::expected<DataPlane::Sealed, OutFailure> seal_on(Child& child, Instant now, ByteView inner,
                                                     std::uint8_t next_header, MutableBytes out,
                                                     std::size_t padding = 0) {
    if (child.out.overhead().sealed_size(inner.size() + padding) > out.size()) {
        return std::unexpected{OutFailure::too_small};
    }
    auto& traffic = child.traffic;
    DataPlane::Sealed sealed;
    sealed.sequence = child.out.next_sequence();
    sealed.traffic_class = inner.empty() ? std::uint8_t{0} : esp::traffic_class(inner);
    sealed.size = child.out.seal(inner, next_header, out, padding);
    if (sealed.size == 0) return std::unexpected{OutFailure::exhausted};
    sealed.path = traffic.path;
    sealed.carrier = traffic.udp_encapsulation ? Carrier::udp : Carrier::native_esp;
    sealed.child = traffic.child;
    sealed.spi = child.out.spi();
    ++traffic.packets_out;
    traffic.octets_out += inner.size();
    traffic.last_out = now;
    return sealed;
}

}  // namespace

// ---- DataPlane
// ----------------------------------------------------------------------------------------------

class DataPlane::State {
public:
    void on(InstallChild order) {
        if (by_spi_.contains(order.spi_in)) {
            throw std::invalid_argument{fmt::format("data plane: SPI {:08x} is taken", order.spi_in)};
        }
        auto child = data_plane::make_child(std::move(order), ++installed_);
        auto& family = families_[child->traffic.child];
        family.children.push_back(child.get());
        if (!family.preferred) prefer(family, child.get());
        by_spi_.emplace(child->traffic.spi_in, std::move(child));
    }
    void on(const MoveChild& order) {
        if (auto* child = find(order.spi_in)) {
            child->traffic.path = order.path;
            child->traffic.udp_encapsulation = order.udp_encapsulation;
        }
    }
    void on(const PreferChild& order) {
        if (auto* child = find(order.spi_in)) prefer(families_[child->traffic.child], child);
    }
    void on(const RemoveChild& order) {
        auto* child = find(order.spi_in);
        if (!child) return;
        const auto family = families_.find(child->traffic.child);
        auto& children = family->second.children;
        std::erase(children, child);
        if (family->second.preferred == child)
            prefer(family->second, children.empty() ? nullptr : children.back());
        if (children.empty()) families_.erase(family);
        by_spi_.erase(order.spi_in);
    }

    Child* find(std::uint32_t spi) const {
        const auto at = by_spi_.find(spi);
        return at == by_spi_.end() ? nullptr : at->second.get();
    }
    /// The SA for an outbound packet.
    Child* find(const PacketFields& packet) const {
        Child* best = nullptr;
        int narrowest = -1;
        index_.each(packet.destination, [&](Child& child) {
            const auto match = data_plane::outbound_match(child, packet);
            if (!match || *match < narrowest) return;
            if (*match == narrowest && child.order < best->order) return;
            best = &child;
            narrowest = *match;
        });
        return best;
    }
    Child* preferred(ChildSaId id) const {
        const auto at = families_.find(id);
        return at == families_.end() ? nullptr : at->second.preferred;
    }
    /// The youngest SA that leads to an address, whatever the protocol.
    Child* leading_to(const Address& destination) const {
        Child* best = nullptr;
        index_.each(destination, [&](Child& child) {
            const auto covers = [&](const TrafficSelector& selector) {
                return selector.start.family() == destination.family() && selector.start <= destination &&
                       destination <= selector.end;
            };
            if (std::ranges::any_of(child.ts_remote, covers) && (!best || child.order > best->order))
                best = &child;
        });
        return best;
    }
    std::vector<const Child*> in_order() const {
        std::vector<const Child*> all;
        all.reserve(by_spi_.size());
        for (const auto& [spi, child] : by_spi_) all.push_back(child.get());
        std::ranges::sort(all, {}, &Child::order);
        return all;
    }

private:
    /// The SAs of one handle; more than one while a rekey goes on.
    struct Family {
        std::vector<Child*> children;
        Child* preferred = nullptr;
    };
    void prefer(Family& family, Child* child) {
        if (family.preferred) index_.remove(*family.preferred);
        family.preferred = child;
        if (child) index_.add(*child);
    }

    std::unordered_map<std::uint32_t, std::unique_ptr<Child>> by_spi_;
    std::unordered_map<ChildSaId, Family> families_;
    data_plane::OutboundIndex index_;
    std::uint64_t installed_ = 0;
};

DataPlane::DataPlane() : state_{std::make_unique<State>()} {}
DataPlane::~DataPlane() = default;
DataPlane::DataPlane(DataPlane&&) noexcept = default;
DataPlane& DataPlane::operator=(DataPlane&&) noexcept = default;

void DataPlane::apply(DataPlaneChange change) {
    std::visit([&](auto&& order) { state_->on(std::move(order)); }, std::move(change));
}

std::expected<DataPlane::Inner, InFailure> DataPlane::open(Instant now, const Path& path, MutableBytes packet,
                                                           std::uint8_t outer_ecn) {
    Reader in{packet};
    const auto spi = in.number<std::uint32_t>("spi");
    if (in.failed()) return std::unexpected{InFailure::truncated};
    auto* child = state_->find(spi);
    if (!child) return std::unexpected{InFailure::unknown_spi};
    auto& traffic = child->traffic;
    const auto fail = [&](InFailure failure) {
        count(traffic, failure);
        return std::unexpected{failure};
    };
    const auto opened = child->in.open(packet);
    if (!opened) return fail(failure_of(opened.error()));
    const bool same_path = is_same_path(path, traffic);
    if (same_path) traffic.last_in = now;
    // The payload is a view into `packet`, which is ours to change.
    const auto offset = static_cast<std::size_t>(opened->payload.data() - packet.data());
    const auto inner =
        inner_packet(*child, packet.subspan(offset, opened->payload.size()), opened->next_header, outer_ecn);
    if (!inner) return fail(inner.error());
    ++traffic.packets_in;
    traffic.octets_in += inner->size();
    const bool newest = opened->sequence == child->in.window().highest();
    return Inner{*inner, traffic.child, spi, opened->sequence, !same_path && newest};
}

std::expected<DataPlane::Sealed, OutFailure> DataPlane::seal(Instant now, ByteView inner, MutableBytes out) {
    const auto fields = packet_fields(inner);
    if (!fields) return std::unexpected{OutFailure::not_ip};
    auto* child = state_->find(*fields);
    if (!child) return std::unexpected{OutFailure::no_selector};
    const auto next = fields->source.is_v4() ? esp::next_header_ipv4 : esp::next_header_ipv6;
    return seal_on(*child, now, inner, next, out);
}

std::expected<DataPlane::Sealed, OutFailure> DataPlane::seal_dummy(Instant now, ChildSaId child,
                                                                   std::size_t size, MutableBytes out) {
    auto* sa = state_->preferred(child);
    if (!sa) return std::unexpected{OutFailure::no_selector};
    return seal_on(*sa, now, {}, esp::next_header_none, out, size);
}

std::vector<ChildTraffic> DataPlane::traffic() const {
    std::vector<ChildTraffic> all;
    for (const auto* child : state_->in_order()) {
        all.push_back(child->traffic);
        all.back().next_sequence_out = child->out.next_sequence();
        all.back().highest_sequence_in = child->in.window().highest();
    }
    return all;
}

std::optional<esp::Overhead> DataPlane::overhead_to(const Address& destination) const {
    const auto* child = state_->leading_to(destination);
    return child ? std::optional{child->out.overhead()} : std::nullopt;
}

std::string_view to_string(InFailure failure) {
    switch (failure) {
        case InFailure::unknown_spi:
            return "no SA has this SPI";
        case InFailure::truncated:
            return "truncated";
        case InFailure::replayed:
            return "replayed";
        case InFailure::too_old:
            return "older than the replay window";
        case InFailure::integrity:
            return "integrity check failed";
        case InFailure::padding:
            return "impossible pad length";
        case InFailure::selectors:
            return "outside the SA's traffic selectors";
        case InFailure::dummy:
            return "dummy packet";
        case InFailure::malformed:
            return "no IP packet inside";
        case InFailure::congestion:
            return "congestion that the inner packet cannot report";
    }
    return "unknown";
}

std::string_view to_string(OutFailure failure) {
    switch (failure) {
        case OutFailure::not_ip:
            return "not an IP packet";
        case OutFailure::no_selector:
            return "no SA has selectors for it";
        case OutFailure::exhausted:
            return "sequence numbers used up";
        case OutFailure::too_small:
            return "no room for the sealed packet";
    }
    return "unknown";
}

}  // namespace ike
