#include "tools/common/report.hpp"

#include <fmt/core.h>

#include "tools/common/exit_codes.hpp"

void remark(std::string_view tool, std::string_view text) { fmt::print(stderr, "{}: {}\n", tool, text); }

int report(std::string_view tool, const ike::Result<int>& outcome) {
    if (outcome) return *outcome;
    remark(tool, outcome.error().what);
    if (!outcome.error().advice.empty()) remark(tool, outcome.error().advice);
    return exit_failure;
}
