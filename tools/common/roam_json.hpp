#pragma once
// Moves as --json shows them. The names are stable; ikeroam(1) lists them.
#include <nlohmann/json.hpp>

#include "tools/common/roamer.hpp"
#include "tools/common/spread.hpp"

nlohmann::ordered_json to_json(const MoveRecord& record);
nlohmann::ordered_json to_json(const RoamReport& report);
/// {"count", "min", "p50", "p90", "p99", "max"}
nlohmann::ordered_json to_json(const Spread& spread);

/// Update latency in milliseconds of the moves that came about; data gap in milliseconds of every move.
std::vector<double> update_latencies(const RoamReport& report);
std::vector<double> data_gaps(const RoamReport& report);
