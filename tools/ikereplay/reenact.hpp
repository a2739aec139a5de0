#pragma once
// A capture's exchanges held again with a live gateway: the engine speaks, with SPIs, nonces and keys of its
// own, and says what the captured initiator said.
#include "libike/io/session.hpp"
#include "tools/common/output.hpp"
#include "tools/common/profile.hpp"
#include "tools/ikereplay/recording.hpp"

/// An exchange that the captured initiator began, and its re-enactment.
struct Reenacted {
    unsigned number = 0;
    const Recorded* request = nullptr;  ///< captured
    const Recorded* answer = nullptr;   ///< captured; nullptr: there was none
    std::string skipped;                ///< why it was not re-enacted
    std::optional<ike::Instant> asked, answered;
    std::optional<ike::Message> live_request, live_answer;
    std::vector<std::string> request_differences, answer_differences;
    std::string problem;  ///< the engine's word on why it came to nothing
    bool same() const;
};
struct ReenactReport {
    std::vector<Reenacted> exchanges;
    std::vector<std::string> remarks;
    bool interrupted = false;
    bool same() const;
};

/// The captured requests that begin exchanges, in order: without retransmissions and the IKE_SA_INIT requests
/// that were refused.
std::vector<const Recorded*> exchanges_of(const Recording& recording);
/// Fills what the user left open with what the capture says: identities, selectors, MOBIKE. An error when its
/// IKE_AUTH is not there or not readable.
ike::Result<CommonOptions> options_from(const Recording& recording, CommonOptions given);
/// The proposals and the other choices that the flags have no words for.
void adapt(const Recording& recording, const CommonOptions& given, ike::PeerConfig& peer);

struct ReenactPlan {
    double speed = 1;
    ike::Duration wait = std::chrono::seconds{2};
    std::vector<ike::Address>
        local;  ///< stand for the captured initiator's addresses, in the order in which it used them
};
ReenactReport reenact(ike::io::Loop& loop, ike::io::Session& session, const ike::Address& gateway,
                      const Recording& recording, const ReenactPlan& plan, Output& output);
