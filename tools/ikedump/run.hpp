#pragma once
#include <cstdio>

#include "libike/base/error.hpp"
#include "tools/ikedump/options.hpp"

/// Reads the capture that the options name and shows it on `out`. The exit code, or why nothing could be
/// done.
ike::Result<int> run(const Options& options, std::FILE* out);
