#pragma once
#include "libike/base/error.hpp"
#include "tools/ikebench/options.hpp"

/// Establishes, moves, prints the distribution; the exit code.
ike::Result<int> run(const Options& options);
