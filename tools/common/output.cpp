#include "tools/common/output.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "libike/io/host.hpp"
#include "libike/render/describe.hpp"
#include "libike/render/event.hpp"
#include "libike/render/json_fields.hpp"
#include "tools/common/report.hpp"

namespace {

using ike::Overloaded;

/// How much of a session an event is worth.
enum class Weight : std::uint8_t { normal, detail };

Weight weight(const ike::Event& event) {
    return std::visit(Overloaded{[](const ike::IkeStateChanged& e) {
                                     // Events of their own say more about these two.
                                     const bool told = e.state == ike::IkeState::established ||
                                                       e.state == ike::IkeState::gone;
                                     return told ? Weight::detail : Weight::normal;
                                 },
                                 [](const ike::ExchangeDone&) { return Weight::detail; },
                                 [](const ike::MessageTrace&) { return Weight::detail; },
                                 [](const ike::KeysDerived&) { return Weight::detail; },
                                 [](const auto&) { return Weight::normal; }},
                      event);
}

constexpr std::string_view red = "31", green = "32", yellow = "33", cyan = "36", plain = "";

std::string_view colour_for(const ike::Event& event) {
    return std::visit(
        Overloaded{[](const ike::IkeEstablished&) { return green; },
                   [](const ike::ChildEstablished&) { return green; }, [](const ike::Moved&) { return cyan; },
                   [](const ike::Retransmitted&) { return yellow; },
                   [](const ike::Dropped&) { return yellow; }, [](const ike::MoveFailed&) { return red; },
                   [](const ike::IkeFailed& e) {
                       const bool asked =
                           e.failure == ike::Failure::peer_deleted || e.failure == ike::Failure::local;
                       return asked ? plain : red;
                   },
                   [](const ike::ChildFailed&) { return red; }, [](const auto&) { return plain; }},
        event);
}

/// What every object begins with.
void begin_object(ike::JsonFields& fields, ike::Instant now, double elapsed, std::string_view kind) {
    fields.open("", "");
    fields.text("event", "", kind);
    fields.text("time", "", fmt::format("{}", ike::io::wall_time(now).time_since_epoch().count()));
    fields.text("elapsed", "", fmt::format("{:.6f}", elapsed));
}

void write_line(std::FILE* out, std::string_view line) {
    std::fwrite(line.data(), 1, line.size(), out);
    std::fputc('\n', out);
    std::fflush(out);
}

}  // namespace

Output::Output(std::string tool, const CommonOptions& options, std::FILE* out)
    : tool_{std::move(tool)},
      form_{options.json ? Form::json : Form::text},
      detail_{options.verbose ? Detail::verbose : Detail::normal},
      colour_{colour_of(options)},
      out_{out},
      begin_{ike::io::now()} {}

double Output::seconds(ike::Instant now) const { return std::chrono::duration<double>{now - begin_}.count(); }

void Output::event(ike::Instant now, const ike::Event& event) {
    if (is_json()) {
        ike::TextBuffer text;
        ike::JsonFields fields{text};
        begin_object(fields, now, seconds(now), ike::event_name(event));
        describe(event, fields);
        fields.close();
        return write_line(out_, {text.data(), text.size()});
    }
    if ((quiet_ || weight(event) == Weight::detail) && !is_verbose()) return;
    line_of(now, ike::event_line(event), colour_for(event));
}

void Output::line_of(ike::Instant now, std::string_view line, std::string_view colour) {
    if (colour_ == ike::Colour::none || colour.empty())
        return write_line(out_, fmt::format("{:8.3f} {}", seconds(now), line));
    write_line(out_, fmt::format("{:8.3f} \x1b[{}m{}\x1b[0m", seconds(now), colour, line));
}

void Output::network_error(ike::Instant now, const ike::io::NetworkError& error) {
    const auto reporter = error.reporter ? to_string(*error.reporter) : std::string{"this machine"};
    const auto what = ike::io::errno_text(error.error);
    if (is_json()) {
        nlohmann::ordered_json object{
            {"remote", to_string(error.path.remote)}, {"error", what}, {"reporter", reporter}};
        if (error.reporter) object.update({{"icmp_type", error.icmp_type}, {"icmp_code", error.icmp_code}});
        if (error.mtu != 0) object["mtu"] = error.mtu;
        return json(now, "network_error", object);
    }
    const auto mtu = error.mtu != 0 ? fmt::format(", next hop takes {} octets", error.mtu) : std::string{};
    auto line = fmt::format("{}: {} (says {}{})", to_string(error.path.remote), what, reporter, mtu);
    // Each datagram may meet the same error: once is enough for people.
    if (std::ranges::find(told_, line) != told_.end() && !is_verbose()) return;
    line_of(now, line, yellow);
    constexpr std::size_t remembered = 100;
    if (told_.size() < remembered) told_.push_back(std::move(line));
}

void Output::text(std::string_view line) {
    if (!is_json()) write_line(out_, line);
}

void Output::json(ike::Instant now, std::string_view kind, const nlohmann::ordered_json& object) {
    if (!is_json()) return;
    nlohmann::ordered_json all{
        {"event", kind},
        {"time", fmt::format("{}", ike::io::wall_time(now).time_since_epoch().count())},
        {"elapsed", fmt::format("{:.6f}", seconds(now))}};
    all.update(object);
    // What is no UTF-8 came from outside: replaced, as everywhere else.
    write_line(out_, all.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
}

void Output::remark(std::string_view text) { ::remark(tool_, text); }
