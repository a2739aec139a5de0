#pragma once
// What a live tool says: events as text for people or as one JSON object a line.
#include <cstdio>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "libike/engine/events.hpp"
#include "libike/render/line.hpp"
#include "tools/common/options.hpp"

/// Results go to `out`, remarks to standard error. Times are seconds since the Output was made; in JSON also
/// since the epoch.
class Output {
public:
    enum class Form : std::uint8_t { text, json };
    enum class Detail : std::uint8_t { normal, verbose };
    Output(std::string tool, const CommonOptions& options, std::FILE* out = stdout);

    /// One event: a line, or nothing where it is of no interest at this level of detail (JSON has all).
    void event(ike::Instant now, const ike::Event& event);
    void network_error(ike::Instant now, const ike::io::NetworkError& error);
    /// From now on events are shown as text only with --verbose: the tool has a form of its own for what
    /// happens.
    void quieten() { quiet_ = true; }
    /// A line of text; nothing with --json.
    void text(std::string_view line);
    /// An object of the tool's own; nothing without --json. `object` gets "event" (its kind) and the time in
    /// front.
    void json(ike::Instant now, std::string_view kind, const nlohmann::ordered_json& object);
    /// "tool: text" on standard error.
    void remark(std::string_view text);

    bool is_json() const { return form_ == Form::json; }
    bool is_verbose() const { return detail_ == Detail::verbose; }
    ike::Colour colour() const { return colour_; }
    const std::string& tool() const { return tool_; }
    double seconds(ike::Instant now) const;

private:
    void line_of(ike::Instant now, std::string_view line, std::string_view colour);
    std::string tool_;
    Form form_;
    Detail detail_;
    ike::Colour colour_;
    std::FILE* out_;
    ike::Instant begin_;
    bool quiet_ = false;
    std::vector<std::string> told_;  ///< network errors
};

/// What went wrong, for people, and what to try: for IkeFailed, ChildFailed, MoveFailed.
ike::Error explain(const ike::IkeFailed& failed, const std::string& gateway);
ike::Error explain(const ike::ChildFailed& failed);
ike::Error explain(const ike::MoveFailed& failed);
