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
        case InFailure::compression:
            ++traffic.malformed;
            break;
        case InFailure::expired:
            ++traffic.expired;
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

/// What is sealed: octets, and how many more of padding for confidentiality of the traffic flow.
struct Text {
    data_plane::Outgoing carried;
    std::size_t padding = 0;
    std::size_t inner_size = 0;
    std::uint8_t traffic_class = 0;
};
std::expected<DataPlane::Sealed, OutFailure> seal_on(Child& child, Instant now, const Text& text,
                                                     MutableBytes out) {
    const auto& [octets, next_header] = text.carried;
    if (child.out.overhead().sealed_size(octets.size() + text.padding) > out.size()) {
        return std::unexpected{OutFailure::too_small};
    }
    auto& traffic = child.traffic;
    DataPlane::Sealed sealed;
    sealed.sequence = child.out.next_sequence();
    sealed.traffic_class = text.traffic_class;
    sealed.size = child.out.seal(octets, next_header, out, text.padding);
    if (sealed.size == 0) return std::unexpected{OutFailure::exhausted};
    sealed.path = traffic.path;
    sealed.carrier = traffic.udp_encapsulation ? Carrier::udp : Carrier::native_esp;
    sealed.child = traffic.child;
    sealed.spi = child.out.spi();
    ++traffic.packets_out;
    traffic.octets_out += text.inner_size;
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
        follow_mtu(*child);
        largest_tfc = std::max(largest_tfc, child->tfc_size);
        auto& family = families_[child->traffic.child];
        family.children.push_back(child.get());
        if (!family.preferred) prefer(family, child.get());
        by_spi_.emplace(child->traffic.spi_in, std::move(child));
    }
    void on(const MoveChild& order) {
        if (auto* child = find(order.spi_in)) {
            child->traffic.path = order.path;
            child->traffic.udp_encapsulation = order.udp_encapsulation;
            follow_mtu(*child);
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
    void note_limit(Child& child) {
        if (const auto met = data_plane::limit_met(child)) limits.push_back({child.traffic.spi_in, *met});
    }
    void set_path_mtu(const Address& remote, std::size_t mtu) {
        if (mtu == 0)
            mtus_.erase(remote);
        else
            mtus_[remote] = mtu;
        for (auto& [spi, child] : by_spi_) {
            if (child->traffic.path.remote.address == remote) follow_mtu(*child);
        }
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

    data_plane::Scratch scratch;
    std::vector<LimitReached> limits;
    std::size_t largest_tfc = 0;  ///< of all SAs there were

private:
    void follow_mtu(Child& child) const {
        const auto known = mtus_.find(child.traffic.path.remote.address);
        data_plane::set_path_mtu(child, known == mtus_.end() ? 0 : known->second);
    }
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
    std::unordered_map<Address, std::size_t> mtus_;  ///< of paths, by their far end
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
                                                           std::uint8_t outer_class) {
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
    if (child->hard_told) return fail(InFailure::expired);
    const auto opened = child->in.open(packet);
    if (!opened) return fail(failure_of(opened.error()));
    const bool same_path = is_same_path(path, traffic);
    if (same_path) traffic.last_in = now;
    // The payload is a view into `packet`, which is ours to change.
    const auto offset = static_cast<std::size_t>(opened->payload.data() - packet.data());
    const auto inner =
        data_plane::inner_packet(*child, state_->scratch, packet.subspan(offset, opened->payload.size()),
                                 opened->next_header, outer_class);
    if (!inner) return fail(inner.error());
    ++traffic.packets_in;
    traffic.octets_in += inner->size();
    state_->note_limit(*child);
    const bool newest = opened->sequence == child->in.window().highest();
    return Inner{*inner, traffic.child, spi, opened->sequence, !same_path && newest};
}

std::expected<DataPlane::Sealed, OutFailure> DataPlane::seal(Instant now, ByteView inner, MutableBytes out) {
    const auto fields = packet_fields(inner);
    if (!fields) return std::unexpected{OutFailure::not_ip};
    auto* child = state_->find(*fields);
    if (!child) return std::unexpected{OutFailure::no_selector};
    if (child->hard_told) return std::unexpected{OutFailure::exhausted};
    if (child->largest_datagram != 0 && data_plane::is_too_big(*child, inner)) {
        ++child->traffic.too_big;
        return std::unexpected{OutFailure::too_big};
    }
    const auto carried = data_plane::outgoing(*child, state_->scratch, inner);
    if (!carried) return std::unexpected{carried.error()};
    Text text{*carried, 0, inner.size(), esp::traffic_class(inner)};
    // RFC 4303 section 2.7: what is carried must tell its own length.
    const bool may_pad =
        child->terms.mode == EspMode::tunnel && carried->next_header != esp::next_header_ipcomp;
    if (may_pad && carried->octets.size() < child->tfc_size)
        text.padding = child->tfc_size - carried->octets.size();
    auto sealed = seal_on(*child, now, text, out);
    state_->note_limit(*child);
    if (sealed) sealed->dont_fragment = data_plane::outer_df(*child, inner, sealed->size);
    return sealed;
}

std::expected<DataPlane::Sealed, OutFailure> DataPlane::seal_dummy(Instant now, ChildSaId child,
                                                                   std::size_t size, MutableBytes out) {
    auto* sa = state_->preferred(child);
    if (!sa) return std::unexpected{OutFailure::no_selector};
    if (sa->hard_told) return std::unexpected{OutFailure::exhausted};
    auto sealed = seal_on(*sa, now, {{{}, esp::next_header_none}, size, 0, 0}, out);
    state_->note_limit(*sa);
    return sealed;
}

std::vector<LimitReached> DataPlane::take_limits() { return std::exchange(state_->limits, {}); }
std::size_t DataPlane::room_for(std::size_t inner) const {
    // Header, IV, padding to a block, trailer and ICV of any suite.
    constexpr std::size_t most_overhead = 128;
    return std::max(inner, state_->largest_tfc) + most_overhead;
}
bool DataPlane::has_limits() const { return !state_->limits.empty(); }

void DataPlane::set_path_mtu(const Address& remote, std::size_t mtu) { state_->set_path_mtu(remote, mtu); }

std::optional<std::size_t> DataPlane::inner_mtu(ByteView inner) const {
    const auto fields = packet_fields(inner);
    const auto* child = fields ? state_->find(*fields) : nullptr;
    return child ? data_plane::inner_mtu(*child, inner) : std::nullopt;
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
        case InFailure::compression:
            return "IPComp that cannot be decompressed";
        case InFailure::expired:
            return "the SA carried all that it may";
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
        case OutFailure::not_transport:
            return "transport mode cannot carry it";
        case OutFailure::too_big:
            return "too big for the path";
    }
    return "unknown";
}

}  // namespace ike
