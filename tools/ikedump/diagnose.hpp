#pragma once
#include <cstdio>
#include <functional>

#include "libike/capture/key_store.hpp"
#include "libike/render/filter.hpp"
#include "libike/render/line.hpp"
#include "tools/ikedump/options.hpp"

/// Gives the keys anew for each capture.
using KeySource = std::function<ike::Result<ike::KeyStore>()>;

/// What a diagnosis of the one file finds, by the packets that it concerns; reads all of the file.
ike::Result<ike::KnownFindings> known_findings(const Options& options, const KeySource& keys);
/// Identifiers of all findings, of remarks about single packets too.
std::span<const std::string_view> finding_ids();
/// Explains one capture, or two from the two ends of a conversation: findings on `out`, as text or JSON.
/// Negative where something is wrong.
ike::Result<int> diagnose_captures(const Options& options, const KeySource& keys, ike::Colour colour,
                                   std::FILE* out);
