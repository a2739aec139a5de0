#pragma once
#include "libike/base/error.hpp"
#include "tools/ikeroam/options.hpp"

/// Establishes, moves, reports; the exit code.
ike::Result<int> run(const Options& options);
