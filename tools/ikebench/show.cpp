#include "tools/ikebench/show.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "libike/io/loop.hpp"
#include "tools/common/charset.hpp"
#include "tools/common/chart.hpp"
#include "tools/common/roam_json.hpp"

using namespace ike;

namespace {

bool on_terminal() { return ::isatty(STDERR_FILENO) == 1; }

void row(Output& output, std::string_view what, const Spread& spread) {
    output.text(fmt::format("{:<15} {:>9.3f} {:>9.3f} {:>9.3f} {:>9.3f} {:>9.3f}", what, spread.min,
                            spread.p50, spread.p90, spread.p99, spread.max));
}

void plot(Output& output, std::string_view title, const std::vector<double>& values) {
    const bool any = std::any_of(values.begin(), values.end(), [](double value) { return value > 0; });
    if (!any) return;
    output.text("");
    output.text(fmt::format("{}, move 1 to {}", title, values.size()));
    for (const auto& line : draw_columns(values, "ms", charset_of_locale())) output.text(line);
}

void problems(Output& output, const RoamReport& report) {
    for (const auto& move : report.moves)
        if (!move.moved)
            output.text(fmt::format("move {} to {} failed: {}", move.number, move.via, move.problem));
    if (!report.sa_lost.empty()) output.text("the IKE SA was lost: " + report.sa_lost);
}

}  // namespace

void show_progress(const MoveRecord& record, unsigned count) {
    if (on_terminal()) fmt::print(stderr, "\rroam {} of {} ", record.number, count);
}

void show_end_of_progress() {
    if (on_terminal()) fmt::print(stderr, "\r\033[K");
}

void show_move(Output& output, const MoveRecord& record) { output.json(io::now(), "move", to_json(record)); }

void show_distribution(Output& output, const RoamReport& report, const RoamPlan& plan,
                       const std::string& gateway) {
    auto json = to_json(report);
    json["gateway"] = gateway;
    json["probe"]["interval_ms"] = milliseconds(plan.probe_interval);
    json["probe"]["octets"] = plan.probe_size;
    output.json(io::now(), "summary", json);
    if (output.is_json()) return;
    const auto updates = update_latencies(report);
    const auto gaps = data_gaps(report);
    output.text(fmt::format("{} of {} moves came about; gateway {}", report.moves.size() - report.failed,
                            plan.count, gateway));
    problems(output, report);
    output.text("");
    output.text(fmt::format("{:<15} {:>9} {:>9} {:>9} {:>9} {:>9}", "ms", "min", "p50", "p90", "p99", "max"));
    row(output, "update latency", spread(updates));
    row(output, "data outage", spread(gaps));
    output.text("");
    output.text(
        fmt::format("probes: one each {}, {} sent, {} lost ({} of them outside the moves), {} late (over {})",
                    duration_text(plan.probe_interval), report.sent, report.lost, report.lost_outside,
                    report.late, duration_text(report.late_after)));
    output.text(
        fmt::format("without moves a probe comes back after {} (median)", duration_text(report.round_trip)));
    plot(output, "update latency", updates);
    plot(output, "data outage", gaps);
}
