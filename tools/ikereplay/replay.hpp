#pragma once
// The datagrams of a capture's initiator sent again, byte for byte and in their time, and what came back.
#include "libike/io/loop.hpp"
#include "tools/common/output.hpp"
#include "tools/ikereplay/recording.hpp"

struct ReplayPlan {
    ike::Address gateway;
    std::uint16_t ike_port = 500;       ///< where datagrams without marker go
    std::uint16_t nat_port = 4500;      ///< where those with a marker go
    std::optional<ike::Address> local;  ///< nothing: by the routing table
    double speed = 1;
    ike::Duration wait = std::chrono::seconds{2};
};

/// What became of one datagram.
struct Replayed {
    const Recorded* recorded = nullptr;
    std::optional<ike::Instant> sent;
    std::string problem;                   ///< why it could not be sent
    std::optional<ike::Instant> answered;  ///< the first answer
    std::optional<ike::Message> answer;    ///< as on the wire
    std::vector<std::string> differences;  ///< from the captured answer, where there is one
};
struct ReplayReport {
    std::vector<Replayed> datagrams;
    unsigned unasked = 0;  ///< datagrams from the gateway that answer nothing
    bool interrupted = false;
    /// Every request that has an answer in the capture got one that says the same.
    bool same() const;
};

/// Sends and listens; `output` shows what happens as it happens.
ike::Result<ReplayReport> replay(ike::io::Loop& loop, const Recording& recording, const ReplayPlan& plan,
                                 Output& output);
