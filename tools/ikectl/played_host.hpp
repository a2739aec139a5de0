#pragma once
// A host of a scenario while it is played: its session, and all that its engine said, as JSON objects.
#include <nlohmann/json.hpp>

#include "libike/io/session.hpp"
#include "tools/common/output.hpp"
#include "tools/ikectl/scenario.hpp"

namespace scenario {

class PlayedHost {
public:
    /// `gateway` is the host of the scenario that an initiator speaks to, or nullptr where it is outside.
    /// `others` are the options of the command line: key log, capture, seed. Loop and output must outlive it.
    static ike::Result<std::unique_ptr<PlayedHost>> open(ike::io::Loop& loop, const Host& host,
                                                         const PlayedHost* gateway,
                                                         const CommonOptions& others, Output& output);
    PlayedHost(const PlayedHost&) = delete;
    PlayedHost& operator=(const PlayedHost&) = delete;

    const std::string& name() const { return name_; }
    ike::io::Session& session() { return *session_; }
    const ike::io::Session& session() const { return *session_; }
    ike::io::Loop& loop() { return loop_; }
    /// Where an initiator goes.
    const std::optional<ike::Address>& gateway() const { return gateway_; }
    /// Of a responder: where it is found.
    std::optional<ike::Address> address() const;

    /// The youngest IKE SA and its youngest Child SA, while they last.
    std::optional<ike::IkeSaStatus> ike_sa() const;
    std::optional<ike::ChildSaStatus> child_sa() const;
    ike::Address inner_local() const;
    ike::Address inner_remote() const;

    /// Every event so far, in order; a message has "payload_types" and "notifies" besides.
    const std::vector<nlohmann::json>& log() const { return log_; }
    /// Waits for an event of one of these names from log()[from] on; nothing when none came within the time.
    std::optional<nlohmann::json> await(std::initializer_list<std::string_view> names, std::size_t from,
                                        ike::Duration within);
    /// How far expectations of each kind have come.
    std::size_t events_seen = 0, messages_seen = 0;

private:
    PlayedHost(ike::io::Loop& loop, std::string name, Output& output)
        : loop_{loop}, name_{std::move(name)}, output_{output} {}
    void take(ike::Instant now, const ike::Event& event);
    ike::io::Loop& loop_;
    std::string name_;
    Output& output_;
    std::optional<ike::Address> gateway_;
    std::vector<ike::Address> local_;
    std::vector<nlohmann::json> log_;
    std::optional<ike::io::Session> session_;
};

}  // namespace scenario
