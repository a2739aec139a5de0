#pragma once
// Where a message could not be read to its end, for every view of it.
#include "libike/capture/observation.hpp"

namespace ike {

/// The first thing of a message that could not be read.
struct Unread {
    WireError error;
    /// The payload that it lies in; nothing in the header, and of version 1.
    std::optional<PayloadType> payload;
};
/// Of the chains of payloads alone, which is what a line has room for.
std::optional<Unread> unread_chain(const IkeObservation& seen);
/// Bodies of payloads included.
std::optional<Unread> unread(const IkeObservation& seen);

}  // namespace ike
