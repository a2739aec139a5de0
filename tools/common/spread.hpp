#pragma once
// How a number of measurements lie: what benchmarks print of them.
#include <vector>

/// Of values in one unit. Percentiles are measured values (nearest rank), never between two.
struct Spread {
    std::size_t count = 0;
    double min = 0, p50 = 0, p90 = 0, p99 = 0, max = 0;
};
/// All zero without values.
Spread spread(std::vector<double> values);
/// The value that `share` (0 to 1) of the sorted values do not exceed; 0 without values.
double percentile(const std::vector<double>& sorted, double share);
