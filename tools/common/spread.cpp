#include "tools/common/spread.hpp"

#include <algorithm>
#include <cmath>

double percentile(const std::vector<double>& sorted, double share) {
    if (sorted.empty()) return 0;
    const auto rank = std::ceil(std::clamp(share, 0.0, 1.0) * static_cast<double>(sorted.size()));
    return sorted[rank < 1 ? 0 : static_cast<std::size_t>(rank) - 1];
}

Spread spread(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    if (values.empty()) return {};
    return {values.size(),           values.front(),           percentile(values, 0.5),
            percentile(values, 0.9), percentile(values, 0.99), values.back()};
}
