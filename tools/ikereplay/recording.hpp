#pragma once
// The IKE messages of one IKE SA, and of those that it was rekeyed to, out of a capture.
#include <optional>
#include <string>
#include <vector>

#include "libike/base/error.hpp"
#include "libike/capture/time.hpp"
#include "libike/wire/message.hpp"

struct Recorded {
    std::uint64_t frame = 0;
    ike::EpochTime time{};
    ike::Endpoint source, destination;
    bool by_initiator = false;          ///< from the host that began the first IKE SA
    bool marker = false;                ///< came behind a non-ESP marker
    ike::Bytes octets;                  ///< from the IKE header on
    ike::Message message;               ///< SK's payloads in its place where it could be opened
    bool opened = false;                ///< nothing in it is still encrypted
    std::string obstacle;               ///< why it is not
    bool repetition = false;            ///< the octets were sent before
    bool later_fragment = false;        ///< an SKF message that is not the one that completed its set
    std::optional<std::size_t> answer;  ///< of a request: index of the first response to it
};

struct Recording {
    std::vector<Recorded> messages;  ///< in the order of the capture
    std::vector<std::string> remarks;

    /// From the host that began the IKE SA.
    static bool from_initiator(const Recorded& recorded) { return recorded.message.header.from_initiator(); }
};

struct RecordingRequest {
    std::string file;
    std::vector<std::string> keys;   ///< key files and folders
    std::optional<ike::IkeSpi> spi;  ///< the initiator's; nothing: of the first IKE_SA_INIT request
};
/// The error: no capture, no keys, or no such IKE SA in it.
ike::Result<Recording> read_recording(const RecordingRequest& request);
