#pragma once
#include <cstdio>
#include <functional>

#include "libike/capture/key_store.hpp"
#include "libike/render/filter.hpp"
#include "libike/render/line.hpp"
#include "tools/ikedump/options.hpp"

/// Gives the keys anew for each capture.
using KeySource = std::function<ike::Result<ike::KeyStore>()>;

/// What a diagnosis of the one file finds, by the frames that prove it; reads all of the file.
ike::Result<ike::FindingsByFrame> findings_by_frame(const Options& options, const KeySource& keys);
/// Explains one capture, or two from the two ends of a conversation: findings on `out`, as text or JSON.
/// Negative where something is wrong.
ike::Result<int> diagnose_captures(const Options& options, const KeySource& keys, ike::Colour colour,
                                   std::FILE* out);
