#pragma once
// Drawings for a terminal: which path was used when and what it lost, and how long each of many things took.
#include <span>
#include <string>
#include <vector>

#include "libike/render/ladder.hpp"
#include "tools/common/roamer.hpp"

/// A row for each local address, filled where it carried data, and a row of losses; time runs to the right.
std::vector<std::string> draw_timeline(const RoamReport& report, std::span<const Probe> probes,
                                       ike::Charset charset, std::size_t width = 60);

/// A column for each value (for each few, the largest of them, where there are more than `width`), from 0 up.
std::vector<std::string> draw_columns(std::span<const double> values, std::string_view unit,
                                      ike::Charset charset, std::size_t width = 60, std::size_t height = 6);
