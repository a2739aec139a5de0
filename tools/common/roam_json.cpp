#include "tools/common/roam_json.hpp"

#include <cmath>

using namespace ike;
using Json = nlohmann::ordered_json;

namespace {

/// To the microsecond: what lies behind is noise of the clock.
double rounded_ms(Duration duration) { return std::round(milliseconds(duration) * 1000) / 1000; }

}  // namespace

Json to_json(const MoveRecord& record) {
    Json json{{"number", record.number}, {"via", record.via}, {"ok", record.moved.has_value()}};
    json["from"] = to_string(record.from);
    json["to"] = to_string(record.to);
    if (!record.moved) {
        json["problem"] = record.problem;
    } else {
        const auto& moved = *record.moved;
        json["path"] = {{"local", to_string(moved.to.local)}, {"remote", to_string(moved.to.remote)}};
        json["round_trip_ms"] = rounded_ms(moved.round_trip);
        json["returned"] = moved.returned ? Json(*moved.returned) : Json();
        json["udp_encapsulation"] = moved.udp_encapsulation;
        json["nat_local"] = moved.nat_local;
        json["nat_remote"] = moved.nat_remote;
    }
    json["attempts"] = record.attempts;
    json["peer_requests"] = record.peer_requests;
    json["gap_ms"] = rounded_ms(record.data.gap);
    json["silence_ms"] = rounded_ms(record.data.silence);
    json["probes"] = {{"sent", record.data.sent}, {"answered", record.data.answered},
                      {"lost", record.data.lost}, {"lost_outside", record.data.lost_outside},
                      {"late", record.data.late}, {"duplicates", record.data.duplicates}};
    return json;
}

Json to_json(const RoamReport& report) {
    Json json{{"moves", report.moves.size()}, {"failed", report.failed}};
    json["sa_lost"] = report.sa_lost.empty() ? Json() : Json(report.sa_lost);
    json["interrupted"] = report.interrupted;
    json["ike_rekeys"] = report.ike_rekeys;
    json["child_rekeys"] = report.child_rekeys;
    json["update_ms"] = to_json(spread(update_latencies(report)));
    json["gap_ms"] = to_json(spread(data_gaps(report)));
    json["probe"] = {{"from", to_string(report.probed_from)},
                     {"to", to_string(report.probed)},
                     {"round_trip_ms", rounded_ms(report.round_trip)},
                     {"late_after_ms", rounded_ms(report.late_after)}};
    json["probes"] = {{"sent", report.sent}, {"answered", report.answered},
                      {"lost", report.lost}, {"lost_outside", report.lost_outside},
                      {"late", report.late}, {"delayed", report.delayed}};
    json["seconds"] = std::chrono::duration<double>{report.ended - report.begun}.count();
    return json;
}

Json to_json(const Spread& spread) {
    const auto round = [](double value) { return std::round(value * 1000) / 1000; };
    return {{"count", spread.count},    {"min", round(spread.min)}, {"p50", round(spread.p50)},
            {"p90", round(spread.p90)}, {"p99", round(spread.p99)}, {"max", round(spread.max)}};
}

std::vector<double> update_latencies(const RoamReport& report) {
    std::vector<double> values;
    for (const auto& move : report.moves)
        if (move.moved) values.push_back(milliseconds(move.moved->round_trip));
    return values;
}

std::vector<double> data_gaps(const RoamReport& report) {
    std::vector<double> values;
    for (const auto& move : report.moves) values.push_back(milliseconds(move.data.gap));
    return values;
}
