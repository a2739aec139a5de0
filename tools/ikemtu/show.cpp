#include "tools/ikemtu/show.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "libike/io/loop.hpp"

using namespace ike;
using Json = nlohmann::ordered_json;

namespace {

bool on_terminal() { return ::isatty(STDERR_FILENO) == 1; }

Json to_json(const Measured& measured) {
    const auto& result = measured.result;
    Json json{{"what", json_name(measured.quest)}, {"method", method(measured.quest)}};
    json["state"] = to_string(result.state);
    json["ip_packet"] = result.passes;
    json["datagram"] = measured.datagram();
    json["fails_ip_packet"] = result.fails ? Json(*result.fails) : Json();
    json["udp"] = measured.outer == Outer::udp;
    json["probes"] = result.sent;
    json["lost_below"] = result.lost_below;
    json["losses_demanded"] = result.losses_demanded;
    json["icmp_mtu"] = result.reported ? Json(*result.reported) : Json();
    json["path_shrank"] = result.path_shrank;
    json["fragmented"] = measured.fragmented;
    return json;
}

std::string verdict(const Measured& measured) {
    const auto& result = measured.result;
    if (result.state == MtuState::silent) return "nothing was answered, however small";
    std::string text;
    if (!measured.complete())
        text = "not finished";
    else if (result.fails)
        text = fmt::format("{} fails", *result.fails);
    else
        text = "the largest tried; the path may take more";
    if (result.lost_below > 0)
        text += fmt::format("; {} of {} smaller ones lost too", result.lost_below, result.sent_below);
    if (measured.fragmented > 0)
        text += fmt::format("; {} answers came in IP fragments", measured.fragmented);
    if (result.path_shrank) text += "; the path became smaller meanwhile";
    return text;
}

}  // namespace

bool Findings::complete() const {
    return !measured.empty() && std::all_of(measured.begin(), measured.end(),
                                            [](const Measured& each) { return each.complete(); });
}

void Show::probe(Quest quest, std::size_t size, std::string_view became) {
    ++probes_;
    output_.json(io::now(), "probe", {{"what", json_name(quest)}, {"ip_packet", size}, {"became", became}});
    if (output_.is_json()) return;
    if (output_.is_verbose())
        output_.text(fmt::format("{}: {} octets {}", to_string(quest), size, became));
    else if (on_terminal())
        fmt::print(stderr, "\r\033[K{}: {} octets {}, {} probes ", to_string(quest), size, became, probes_);
}

void Show::icmp(const IcmpHeard& heard) {
    output_.json(io::now(), "icmp",
                 {{"what", json_name(heard.quest)}, {"reporter", heard.reporter}, {"mtu", heard.mtu}});
}

void Show::result(const Measured& measured) {
    output_.json(io::now(), "result", to_json(measured));
    if (!output_.is_json() && on_terminal()) fmt::print(stderr, "\r\033[K");
}

void Show::summary(const Findings& findings) {
    Json json{
        {"path", {{"local", to_string(findings.path.local)}, {"remote", to_string(findings.path.remote)}}}};
    json["ike_suite"] = findings.ike_suite;
    json["esp_suite"] = findings.esp_suite;
    for (const auto& each : findings.measured) json[json_name(each.quest)] = each.result.passes;
    json["largest_ike_in"] = findings.largest_ike_in;
    json["sas_lost"] = findings.sas_lost;
    if (findings.inner) {
        json["inner_mtu"] = findings.inner->inner_mtu;
        json["tcp_mss_v4"] = findings.inner->mss_v4;
        json["tcp_mss_v6"] = findings.inner->mss_v6;
    }
    json["complete"] = findings.complete();
    output_.json(io::now(), "summary", json);
    if (!output_.is_json()) text(findings);
}

void Show::text(const Findings& findings) {
    const bool udp = std::any_of(
        findings.measured.begin(), findings.measured.end(),
        [](const Measured& each) { return each.quest != Quest::ike_out && each.outer == Outer::udp; });
    output_.text(fmt::format("path {}, ESP {}, {}", to_string(findings.path), udp ? "in UDP" : "native",
                             findings.esp_suite));
    output_.text("");
    output_.text(fmt::format("{:<19} {:>9} {:>9} {:>7}  {}", "octets, DF set", "IP packet", "datagram",
                             "probes", "beyond"));
    for (const auto& each : findings.measured)
        output_.text(fmt::format("{:<19} {:>9} {:>9} {:>7}  {}", to_string(each.quest), each.result.passes,
                                 each.datagram(), each.result.sent, verdict(each)));
    if (findings.largest_ike_in > 0)
        output_.text(fmt::format("{:<19} {:>9} {:>9} {:>7}  {}", "IKE from the gateway", "",
                                 fmt::format("{}", findings.largest_ike_in), "",
                                 "or more: the largest that came; no request makes it send larger"));
    output_.text("");
    for (const auto& heard : findings.heard)
        output_.text(fmt::format("{} reported a next hop of {} octets", heard.reporter, heard.mtu));
    if (findings.sas_lost > 0)
        output_.text(fmt::format("{} IKE SA{} lost to probes: the gateway got no IP fragments either",
                                 findings.sas_lost, findings.sas_lost == 1 ? " was" : "s were"));
    if (findings.inner)
        output_.text(fmt::format(
            "inner MTU {}, TCP MSS {} (IPv4), {} (IPv6), for IP packets of {} octets outside",
            findings.inner->inner_mtu, findings.inner->mss_v4, findings.inner->mss_v6, findings.inner->path));
}
