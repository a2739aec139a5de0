#pragma once
// What ikebench prints: how far it is, then the distribution.
#include "tools/common/output.hpp"
#include "tools/common/roamer.hpp"

/// "roam 12 of 50" on a terminal's standard error, in place; nothing elsewhere.
void show_progress(const MoveRecord& record, unsigned count);
void show_end_of_progress();
void show_move(Output& output, const MoveRecord& record);
/// `gateway` as people know it.
void show_distribution(Output& output, const RoamReport& report, const RoamPlan& plan,
                       const std::string& gateway);
