#pragma once
#include "libike/base/error.hpp"
#include "tools/ikemtu/options.hpp"

/// Establishes, searches, reports; the exit code.
ike::Result<int> run(const Options& options);
