#include "tools/common/report.hpp"

#include <fmt/core.h>

#include "tools/common/exit_codes.hpp"

void remark(std::string_view tool, std::string_view text) { fmt::print(stderr, "{}: {}\n", tool, text); }

std::string in_words(const ike::Error& error) {
    return error.advice.empty() ? error.what : error.what + "; " + error.advice;
}

int report(std::string_view tool, const ike::Result<int>& outcome) {
    if (outcome) return *outcome;
    remark(tool, in_words(outcome.error()));
    return exit_failure;
}
