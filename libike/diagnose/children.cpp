// Which ESP belongs to which IKE SA: by the SPIs that were agreed on, else by endpoints and time.
#include <algorithm>
#include <unordered_set>

#include "libike/base/sort.hpp"
#include "libike/diagnose/views.hpp"

namespace ike::diagnose {
namespace {

/// Native ESP has no ports.
Way without_ports(const Way& way) { return {{way.source.address, 0}, {way.destination.address, 0}}; }

/// IKE SAs by the paths they use, in the order they began.
using ByPath = std::map<Way, std::vector<std::size_t>>;

ByPath by_path(const std::vector<IkeSaFacts>& sas) {
    ByPath index;
    std::vector<std::size_t> order(sas.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    sort_stably(order, [&](std::size_t i) { return sas[i].first.time; });
    const auto put = [&](const Way& way, std::size_t i) {
        auto& all = index[way];
        if (all.empty() || all.back() != i) all.push_back(i);
    };
    for (const auto i : order) {
        for (const auto& path : sas[i].paths) {
            const Way way{path.initiator, path.responder};
            put(way, i);
            put(without_ports(way), i);
        }
    }
    return index;
}

/// The latest that had begun when the flow did; where all are later, the first, if it began before the flow
/// ended.
std::optional<std::size_t> owner(const ByPath& index, const Way& way, const EspFlow& flow,
                                 const std::vector<IkeSaFacts>& sas) {
    const auto found = index.find(way);
    if (found == index.end()) return std::nullopt;
    const auto& all = found->second;
    const auto later =
        std::ranges::upper_bound(all, flow.first.time, {}, [&](std::size_t i) { return sas[i].first.time; });
    if (later != all.begin()) return *(later - 1);
    if (flow.last.time >= sas[all.front()].first.time) return all.front();
    return std::nullopt;
}

}  // namespace

void index_flows(Facts& facts) {
    facts.flow_index.clear();
    for (std::size_t i = 0; i < facts.flows.size(); ++i) facts.flow_index[facts.flows[i].spi] = i;
    facts.guesses.assign(facts.sas.size(), {});
    const auto index = by_path(facts.sas);
    std::unordered_set<std::uint32_t> known;
    for (const auto& sa : facts.sas) {
        for (const auto& child : sa.children) known.insert({child.spi_i, child.spi_r});
    }
    for (std::size_t i = 0; i < facts.flows.size(); ++i) {
        const auto& flow = facts.flows[i];
        if (flow.legs.empty() || known.contains(flow.spi)) continue;
        const auto& way = flow.legs.front().way;
        if (const auto sa = owner(index, way, flow, facts.sas)) facts.guesses[*sa].forth.push_back(i);
        if (const auto sa = owner(index, way.reversed(), flow, facts.sas))
            facts.guesses[*sa].back.push_back(i);
    }
}

std::vector<ChildView> children_of(const IkeSaFacts& sa, const Facts& facts) {
    std::vector<ChildView> views;
    for (const auto& child : sa.children) {
        views.push_back({&child, facts.flow(child.spi_r), facts.flow(child.spi_i)});
    }
    const auto index = static_cast<std::size_t>(&sa - facts.sas.data());
    // Of an IKE SA that began before the capture some Child SAs are known, and others were there already.
    if ((!views.empty() && sa.init_seen) || index >= facts.guesses.size()) return views;
    const auto& guess = facts.guesses[index];
    for (std::size_t i = 0; i < std::max(guess.forth.size(), guess.back.size()); ++i) {
        auto& view = views.emplace_back();
        if (i < guess.forth.size()) view.forth = &facts.flows[guess.forth[i]];
        if (i < guess.back.size()) view.back = &facts.flows[guess.back[i]];
    }
    return views;
}

}  // namespace ike::diagnose
