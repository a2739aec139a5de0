#pragma once
// `ikectl connect`.
#include "libike/base/error.hpp"
#include "tools/ikectl/options.hpp"

/// Brings up a tunnel, pings if asked, holds it until interrupted, deletes it.
ike::Result<int> connect(const Options& options);
