#pragma once
// What ikeroam prints: a row as each move completes, then a summary and a timeline.
#include <span>

#include "tools/common/output.hpp"
#include "tools/common/roamer.hpp"

class Show {
public:
    /// `width` columns for an address.
    Show(Output& output, std::size_t width) : output_{output}, width_{width} {}
    void head();
    void row(const MoveRecord& record);
    void summary(const RoamReport& report, std::span<const Probe> probes);

private:
    Output& output_;
    std::size_t width_;
};
