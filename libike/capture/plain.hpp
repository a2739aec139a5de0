#pragma once
// Packets as they would be had nothing been encrypted.
#include "libike/capture/observation.hpp"
#include "libike/capture/pcapng_writer.hpp"

namespace ike {

/// The IKE message with the payloads of SK, or of all SKF together, in the place of SK or SKF; nothing where
/// it was not opened, or is a fragment before the last.
std::optional<Bytes> plain_message(const IkeObservation& seen);
/// Writes a packet: IKE with SK opened, in UDP whatever it came in; all else as it was. Fragments of IP and
/// IKE are written joined, with the frame that completed them.
void write_plain(PcapngWriter& to, const Observation& seen);

}  // namespace ike
