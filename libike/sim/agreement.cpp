#include "libike/sim/agreement.hpp"

#include <fmt/format.h>

#include <map>
#include <utility>

#include "libike/sa/traffic_selectors.hpp"

namespace ike::sim {

namespace {

std::string name(const IkeSaStatus& sa) { return fmt::format("IKE SA {:016x}/{:016x}", sa.spi_i, sa.spi_r); }
std::string name(const ChildSaStatus& child) {
    return fmt::format("Child SA {:08x}/{:08x}", child.spi_in, child.spi_out);
}

void compare(const ChildSaStatus& a, const ChildSaStatus& b, std::vector<std::string>& out) {
    if (a.suite != b.suite) {
        out.push_back(fmt::format("{}: {} against {}", name(a), to_string(a.suite), to_string(b.suite)));
    }
    const auto selectors = [&](std::string_view what, const auto& left, const auto& right) {
        if (left == right) return;
        out.push_back(
            fmt::format("{}: {} is {} against {}", name(a), what, to_string(left), to_string(right)));
    };
    if (a.terms.mode != b.terms.mode) out.push_back(fmt::format("{}: the modes differ", name(a)));
    if (a.terms.ipcomp.has_value() != b.terms.ipcomp.has_value())
        out.push_back(fmt::format("{}: only one compresses", name(a)));
    selectors("a's end", a.ts_local, b.ts_remote);
    selectors("b's end", a.ts_remote, b.ts_local);
}

void compare_children(const IkeSaStatus& a, const IkeSaStatus& b, std::vector<std::string>& out) {
    std::map<std::pair<std::uint32_t, std::uint32_t>, const ChildSaStatus*> of_b;
    for (const auto& child : b.children) of_b[{child.spi_out, child.spi_in}] = &child;
    for (const auto& child : a.children) {
        const auto at = of_b.find({child.spi_in, child.spi_out});
        if (at == of_b.end()) {
            out.push_back(fmt::format("only a has {}", name(child)));
            continue;
        }
        compare(child, *at->second, out);
        of_b.erase(at);
    }
    for (const auto& [spis, child] : of_b) out.push_back(fmt::format("only b has {}", name(*child)));
}

void compare(const IkeSaStatus& a, const IkeSaStatus& b, Between between, std::vector<std::string>& out) {
    const auto differ = [&](std::string_view what) { out.push_back(fmt::format("{}: {}", name(a), what)); };
    if (a.initiator == b.initiator) differ("both have the same role");
    if (a.suite != b.suite) differ("the suites differ");
    if (a.mobike != b.mobike) differ("only one has MOBIKE");
    if (a.next_request != b.expected_request || b.next_request != a.expected_request) {
        differ(fmt::format("Message IDs: a sends {} and b expects {}, b sends {} and a expects {}",
                           a.next_request, b.expected_request, b.next_request, a.expected_request));
    }
    const Path mirrored{b.path.remote, b.path.local};
    if (between == Between::nothing && a.path != mirrored) {
        differ(fmt::format("paths: {} against {}", to_string(a.path), to_string(mirrored)));
    }
    // Each takes ESP either way (RFC 7296 section 2.23); who rewrites packets at will can make them think
    // differently of NATs.
    if (between == Between::nothing && a.udp_encapsulation != b.udp_encapsulation) {
        differ("only one encapsulates ESP in UDP");
    }
    compare_children(a, b, out);
}

}  // namespace

std::vector<std::string> disagreements(const Engine& a, const Engine& b, Between between) {
    using Spis = std::pair<IkeSpi, IkeSpi>;
    std::map<Spis, IkeSaStatus> of_b;
    for (auto& sa : b.status()) {
        if (sa.state == IkeState::established) of_b.emplace(Spis{sa.spi_i, sa.spi_r}, sa);
    }
    std::vector<std::string> out;
    for (const auto& sa : a.status()) {
        if (sa.state != IkeState::established) continue;
        const auto at = of_b.find({sa.spi_i, sa.spi_r});
        if (at == of_b.end()) {
            out.push_back("only a has " + name(sa));
            continue;
        }
        compare(sa, at->second, between, out);
        of_b.erase(at);
    }
    for (const auto& [spis, sa] : of_b) out.push_back("only b has " + name(sa));
    return out;
}

}  // namespace ike::sim
