#pragma once
// What ikereplay prints.
#include "tools/ikereplay/reenact.hpp"
#include "tools/ikereplay/replay.hpp"

/// The captured answer to a request; nullptr without one.
const Recorded* captured_answer(const Recording& recording, const Replayed& datagram);

void show_sent(Output& output, const Replayed& datagram, const ike::Path& path);
void show_answer(Output& output, const Replayed& datagram, const Recorded* captured);
void show_unasked(Output& output, ike::Instant now, const ike::Message& message, const ike::Path& path);
void show_summary(Output& output, const Recording& recording, const ReplayReport& report);

void show_exchange(Output& output, const Reenacted& exchange);
void show_summary(Output& output, const ReenactReport& report);
