#pragma once
// `ikectl serve`.
#include "libike/base/error.hpp"
#include "tools/ikectl/options.hpp"

/// Answers initiators until interrupted, then deletes its SAs.
ike::Result<int> serve(const Options& options);
