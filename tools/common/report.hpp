#pragma once
// How tools end and what they say on standard error.
#include <string_view>

#include "libike/base/error.hpp"

/// A remark: "tool: text".
void remark(std::string_view tool, std::string_view text);
/// What happened; what to try.
std::string in_words(const ike::Error& error);
/// The exit code of a run; its error goes to standard error as one line, "tool: what happened; what to try".
int report(std::string_view tool, const ike::Result<int>& outcome);
