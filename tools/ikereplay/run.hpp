#pragma once
#include "libike/base/error.hpp"
#include "tools/ikereplay/options.hpp"

/// Reads the capture, replays it, reports; the exit code.
ike::Result<int> run(const Options& options);
