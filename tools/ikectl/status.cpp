#include "tools/ikectl/status.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "libike/eap/packet.hpp"
#include "libike/render/text.hpp"
#include "libike/sa/traffic_selectors.hpp"
#include "tools/common/exit_codes.hpp"

using nlohmann::ordered_json;

namespace {

double seconds_since(ike::Instant then) {
    const double age = std::chrono::duration<double>{ike::io::now() - then}.count();
    return std::round(age * 1000) / 1000;
}

std::string printable(std::string_view text) {
    ike::TextBuffer safe;
    ike::put_printable(safe, text);
    return {safe.data(), safe.size()};
}

ordered_json selectors_json(const std::vector<ike::TrafficSelector>& selectors) {
    auto list = ordered_json::array();
    for (const auto& selector : selectors) list.push_back(to_string(selector));
    return list;
}

/// Counters of a Child SA's data plane, by inbound SPI.
const ike::ChildTraffic* find(const std::vector<ike::ChildTraffic>& traffic, std::uint32_t spi_in) {
    const auto found = std::ranges::find(traffic, spi_in, &ike::ChildTraffic::spi_in);
    return found == traffic.end() ? nullptr : &*found;
}

ordered_json child_json(const ike::ChildSaStatus& child, const ike::ChildTraffic* traffic) {
    ordered_json object{
        {"child_sa", static_cast<unsigned>(child.id)},     {"spi_in", fmt::format("{:08x}", child.spi_in)},
        {"spi_out", fmt::format("{:08x}", child.spi_out)}, {"suite", to_string(child.suite)},
        {"ts_local", selectors_json(child.ts_local)},      {"ts_remote", selectors_json(child.ts_remote)},
        {"age", seconds_since(child.established)},         {"mode", to_string(child.terms.mode)},
        {"ipcomp", child.terms.ipcomp.has_value()}};
    if (!child.terms.name.empty()) object["name"] = child.terms.name;
    if (traffic == nullptr) return object;
    object.update({{"packets_in", traffic->packets_in},
                   {"octets_in", traffic->octets_in},
                   {"packets_out", traffic->packets_out},
                   {"octets_out", traffic->octets_out},
                   {"replayed", traffic->replayed},
                   {"too_old", traffic->too_old},
                   {"bad_icv", traffic->bad_icv},
                   {"malformed", traffic->malformed},
                   {"selector_mismatch", traffic->selector_mismatch},
                   {"highest_sequence_in", traffic->highest_sequence_in},
                   {"next_sequence_out", traffic->next_sequence_out},
                   {"local", to_string(traffic->path.local)},
                   {"remote", to_string(traffic->path.remote)},
                   {"udp_encapsulation", traffic->udp_encapsulation},
                   {"compressed_out", traffic->compressed_out},
                   {"decompressed_in", traffic->decompressed_in},
                   {"too_big", traffic->too_big}});
    return object;
}

ordered_json ike_json(const ike::IkeSaStatus& sa, const std::vector<ike::ChildTraffic>& traffic) {
    ordered_json object{{"ike_sa", static_cast<unsigned>(sa.id)},
                        {"state", to_string(sa.state)},
                        {"initiator", sa.initiator},
                        {"peer", sa.peer},
                        {"ispi", ike::spi_text(sa.spi_i)},
                        {"rspi", ike::spi_text(sa.spi_r)},
                        {"local", to_string(sa.path.local)},
                        {"remote", to_string(sa.path.remote)},
                        {"local_id", to_string(sa.local_id)},
                        {"remote_id", sa.remote_id ? ordered_json(to_string(*sa.remote_id)) : ordered_json()},
                        {"suite", sa.suite ? ordered_json(to_string(*sa.suite)) : ordered_json()},
                        {"mobike", sa.mobike},
                        {"nat_local", sa.nat_local},
                        {"nat_remote", sa.nat_remote},
                        {"udp_encapsulation", sa.udp_encapsulation},
                        {"next_request", sa.next_request},
                        {"expected_request", sa.expected_request}};
    if (sa.eap)
        object.update({{"eap_method", ike::eap::method_name(sa.eap->method)},
                       {"eap_identity", sa.eap->identity},
                       {"eap_only", sa.eap->alone}});
    if (sa.redirected_from) object["redirected_from"] = to_string(*sa.redirected_from);
    if (sa.state == ike::IkeState::established) object["age"] = seconds_since(sa.established);
    object["peer_additional"] = ordered_json::array();
    for (const auto& address : sa.peer_additional) object["peer_additional"].push_back(to_string(address));
    object["inner_addresses"] = ordered_json::array();
    for (const auto& address : sa.inner_addresses) object["inner_addresses"].push_back(to_string(address));
    object["child_sas"] = ordered_json::array();
    for (const auto& child : sa.children)
        object["child_sas"].push_back(child_json(child, find(traffic, child.spi_in)));
    return object;
}

std::string child_text(const ike::ChildSaStatus& child, const ike::ChildTraffic* traffic) {
    const auto& terms = child.terms;
    auto text = fmt::format(
        "  Child SA {}{}: {} === {}, {}{}{}, SPIs {:08x} in, {:08x} out, {:.0f} s old\n",
        static_cast<unsigned>(child.id),
        terms.name.empty() ? "" : fmt::format(" \"{}\"", printable(terms.name)),
        to_string(std::span{child.ts_local}), to_string(std::span{child.ts_remote}), to_string(child.suite),
        terms.mode == ike::EspMode::transport ? ", transport mode" : "", terms.ipcomp ? ", IPComp" : "",
        child.spi_in, child.spi_out, seconds_since(child.established));
    if (traffic == nullptr) return text;
    text += fmt::format("    {} packets, {} octets in; {} packets, {} octets out; ESP {} on {}\n",
                        traffic->packets_in, traffic->octets_in, traffic->packets_out, traffic->octets_out,
                        traffic->udp_encapsulation ? "in UDP" : "native", to_string(traffic->path));
    const auto refused = traffic->replayed + traffic->too_old + traffic->bad_icv + traffic->malformed +
                         traffic->selector_mismatch;
    if (refused != 0) {
        text += fmt::format(
            "    refused: {} replayed, {} too old, {} with a wrong ICV, {} malformed, {} outside the "
            "selectors\n",
            traffic->replayed, traffic->too_old, traffic->bad_icv, traffic->malformed,
            traffic->selector_mismatch);
    }
    return text;
}

std::string ike_text(const ike::IkeSaStatus& sa, const std::vector<ike::ChildTraffic>& traffic) {
    const auto remote = sa.remote_id ? printable(to_string(*sa.remote_id)) : std::string{"not known yet"};
    auto text =
        fmt::format("IKE SA {}: {} as {}, peer {}, {}\n", static_cast<unsigned>(sa.id), to_string(sa.state),
                    sa.initiator ? "initiator" : "responder", remote, to_string(sa.path));
    text += fmt::format(
        "  SPIs {}:{}{}{}, {}{}{}{}\n", ike::spi_text(sa.spi_i), ike::spi_text(sa.spi_r),
        sa.suite ? ", " : "", sa.suite ? to_string(*sa.suite) : "", sa.mobike ? "MOBIKE" : "no MOBIKE",
        sa.nat_local ? ", NAT before us" : "", sa.nat_remote ? ", NAT before the peer" : "",
        sa.state == ike::IkeState::established ? fmt::format(", {:.0f} s old", seconds_since(sa.established))
                                               : "");
    if (sa.eap)
        text += fmt::format("  {} as {}{}\n", ike::eap::method_name(sa.eap->method),
                            printable(sa.eap->identity), sa.eap->alone ? ", for both sides" : "");
    for (const auto& address : sa.peer_additional)
        text += fmt::format("  the peer is also at {}\n", to_string(address));
    for (const auto& address : sa.inner_addresses)
        text += fmt::format("  inner address {} {}\n", to_string(address),
                            sa.initiator ? "given to us" : "given to the peer");
    for (const auto& child : sa.children) text += child_text(child, find(traffic, child.spi_in));
    return text;
}

}  // namespace

ordered_json status_json(const ike::io::Session& session) {
    const auto traffic = session.traffic();
    const auto& counters = session.counters();
    ordered_json object{{"ike_port", session.engine().config().ike_port},
                        {"nat_port", session.engine().config().nat_port}};
    if (!session.tun_name().empty()) object["tun"] = session.tun_name();
    object["ike_sas"] = ordered_json::array();
    for (const auto& sa : session.engine().status()) object["ike_sas"].push_back(ike_json(sa, traffic));
    object["counters"] = {{"esp_unknown_spi", counters.esp_unknown_spi},
                          {"esp_refused", counters.esp_refused},
                          {"inner_no_selector", counters.inner_no_selector},
                          {"inner_refused", counters.inner_refused},
                          {"send_errors", counters.send_errors},
                          {"keepalives_in", counters.keepalives_in}};
    return object;
}

std::string status_text(const ike::io::Session& session) {
    const auto traffic = session.traffic();
    const auto all = session.engine().status();
    auto text = fmt::format("{} IKE SA{} on ports {} and {}\n", all.size(), all.size() == 1 ? "" : "s",
                            session.engine().config().ike_port, session.engine().config().nat_port);
    for (const auto& sa : all) text += ike_text(sa, traffic);
    return text;
}

ike::Result<StatusDoor> StatusDoor::open(ike::io::Loop& loop, const ike::io::Session& session,
                                         const Options& options, Output& output) {
    loop.on_status_signal([&] {
        if (output.is_json()) return output.json(ike::io::now(), "status", status_json(session));
        const auto text = status_text(session);
        output.text(std::string_view{text}.substr(0, text.size() - 1));
    });
    const bool chosen = !options.control.empty();
    const auto path = chosen ? options.control : ike::io::default_control_path();
    auto server =
        ike::io::ControlServer::open(loop, path, [&session](std::string_view request) -> std::string {
            if (request == "status") return status_text(session);
            if (request == "status json")
                return status_json(session).dump(-1, ' ', false, ordered_json::error_handler_t::replace) +
                       "\n";
            return "unknown request\n";
        });
    StatusDoor door;
    if (server) {
        door.server_ = std::move(*server);
    } else if (chosen) {
        return std::unexpected{server.error()};
    } else if (output.is_verbose()) {
        output.remark(server.error().what + "; SIGUSR1 shows the status all the same");
    }
    return door;
}

ike::Result<int> ask_status(const Options& options) {
    const auto path = options.control.empty() ? ike::io::default_control_path() : options.control;
    const auto answer = ike::io::control_request(path, options.common.json ? "status json" : "status",
                                                 std::chrono::seconds{5});
    if (!answer) return std::unexpected{answer.error()};
    std::fwrite(answer->data(), 1, answer->size(), stdout);
    return exit_ok;
}
