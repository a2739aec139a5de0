#include "tools/ikereplay/show.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <nlohmann/json.hpp>

#include "libike/render/line.hpp"
#include "tools/common/roam_record.hpp"

using namespace ike;
using Json = nlohmann::ordered_json;

namespace {

Json time_ms(std::optional<Duration> duration) {
    if (!duration) return {};
    return std::round(milliseconds(*duration) * 1000) / 1000;
}

std::string differences_text(const std::vector<std::string>& differences) {
    return differences.empty() ? "the same" : fmt::format("{}", fmt::join(differences, "; "));
}

/// What the captured answer took.
Duration captured_round_trip(const Recorded& request, const Recorded& answer) {
    return std::chrono::duration_cast<Duration>(between(request.time, answer.time));
}

std::string round_trips(Duration live, const Recorded& request, const Recorded* answer) {
    auto text = "after " + duration_text(live);
    if (answer != nullptr)
        text += fmt::format(", captured after {}", duration_text(captured_round_trip(request, *answer)));
    return text;
}

std::string answer_verdict(const Reenacted& exchange) {
    if (!exchange.skipped.empty()) return "not re-enacted: " + exchange.skipped;
    if (!exchange.live_answer) {
        const auto* captured = exchange.answer != nullptr ? "; the capture has one" : ", as in the capture";
        return fmt::format("no answer{}{}", captured,
                           exchange.problem.empty() ? "" : ": " + exchange.problem);
    }
    if (exchange.answer == nullptr) return "answered; the capture has no answer";
    return differences_text(exchange.answer_differences);
}

std::string frame_text(const Recorded* recorded) {
    return recorded != nullptr ? fmt::format("frame {}", recorded->frame) : "no frame";
}

}  // namespace

const Recorded* captured_answer(const Recording& recording, const Replayed& datagram) {
    const auto& answer = datagram.recorded->answer;
    return answer ? &recording.messages[*answer] : nullptr;
}

void show_sent(Output& output, const Replayed& datagram, const Path& path) {
    const auto& recorded = *datagram.recorded;
    const auto now = datagram.sent.value_or(io::now());
    output.json(now, "sent",
                {{"frame", recorded.frame},
                 {"exchange", to_string(recorded.message.header.exchange)},
                 {"message_id", recorded.message.header.message_id},
                 {"response", recorded.message.header.is_response()},
                 {"octets", recorded.octets.size()},
                 {"to", to_string(path.remote)},
                 {"problem", datagram.problem.empty() ? Json() : Json(datagram.problem)}});
    output.text(fmt::format("{:>9.3f} > {}, {} octets, of frame {}{}", output.seconds(now),
                            summary(recorded.message), recorded.octets.size(), recorded.frame,
                            datagram.problem.empty() ? "" : ": not sent: " + datagram.problem));
}

void show_answer(Output& output, const Replayed& datagram, const Recorded* captured) {
    const auto& answer = *datagram.answer;
    const auto trip = *datagram.answered - *datagram.sent;
    Json json{{"frame", datagram.recorded->frame}};
    json["captured_frame"] = captured != nullptr ? Json(captured->frame) : Json();
    json["exchange"] = to_string(answer.header.exchange);
    json["message_id"] = answer.header.message_id;
    json["octets"] = answer.header.length;
    json["round_trip_ms"] = time_ms(trip);
    json["captured_round_trip_ms"] =
        captured != nullptr ? time_ms(captured_round_trip(*datagram.recorded, *captured)) : Json();
    json["differences"] = datagram.differences;
    json["same"] = captured != nullptr && datagram.differences.empty();
    output.json(*datagram.answered, "answer", json);
    output.text(fmt::format("{:>9.3f} < {}, {} octets, {}", output.seconds(*datagram.answered),
                            summary(answer), answer.header.length,
                            round_trips(trip, *datagram.recorded, captured)));
    output.text(fmt::format("{:>11} {}", "",
                            captured != nullptr ? fmt::format("against frame {}: {}", captured->frame,
                                                              differences_text(datagram.differences))
                                                : "the capture has no answer to it"));
}

void show_unasked(Output& output, Instant now, const Message& message, const Path& path) {
    output.json(now, "unasked",
                {{"from", to_string(path.remote)},
                 {"exchange", to_string(message.header.exchange)},
                 {"message_id", message.header.message_id},
                 {"response", message.header.is_response()}});
    output.text(
        fmt::format("{:>9.3f} < {}: answers nothing that was sent", output.seconds(now), summary(message)));
}

void show_summary(Output& output, const Recording& recording, const ReplayReport& report) {
    unsigned sent = 0, requests = 0, live = 0, captured = 0, same = 0;
    const Replayed* silent = nullptr;
    for (const auto& each : report.datagrams) {
        sent += each.sent.has_value();
        if (each.recorded->message.header.is_response()) continue;
        ++requests;
        const auto* answer = captured_answer(recording, each);
        captured += answer != nullptr;
        live += each.answered.has_value();
        same += answer != nullptr && each.answered && each.differences.empty();
        if (answer != nullptr && !each.answered && silent == nullptr) silent = &each;
    }
    output.json(io::now(), "summary",
                {{"datagrams", report.datagrams.size()},
                 {"sent", sent},
                 {"requests", requests},
                 {"answered_in_capture", captured},
                 {"answered", live},
                 {"same", same},
                 {"unasked", report.unasked},
                 {"interrupted", report.interrupted}});
    output.text("");
    output.text(fmt::format(
        "{} of {} datagrams sent; of {} requests the capture has {} answered, live {} were, {} the "
        "same",
        sent, report.datagrams.size(), requests, captured, live, same));
    if (silent == nullptr) return;
    output.text(fmt::format("not answered first: {}, frame {}", summary(silent->recorded->message),
                            silent->recorded->frame));
    if (silent->recorded->message.header.exchange != ExchangeType::ike_sa_init && live > 0)
        output.text(
            "the gateway drew an SPI and keys of its own: what follows IKE_SA_INIT is for an SA that it does "
            "not "
            "know; --rekeyed re-enacts it");
}

void show_exchange(Output& output, const Reenacted& exchange) {
    const auto& request = *exchange.request;
    std::optional<Duration> trip;
    if (exchange.asked && exchange.answered) trip = *exchange.answered - *exchange.asked;
    Json json{{"number", exchange.number}, {"frame", request.frame}};
    json["captured_frame"] = exchange.answer != nullptr ? Json(exchange.answer->frame) : Json();
    json["exchange"] = to_string(request.message.header.exchange);
    json["answered"] = exchange.live_answer.has_value();
    json["round_trip_ms"] = time_ms(trip);
    json["captured_round_trip_ms"] =
        exchange.answer != nullptr ? time_ms(captured_round_trip(request, *exchange.answer)) : Json();
    json["request_differences"] = exchange.request_differences;
    json["answer_differences"] = exchange.answer_differences;
    json["skipped"] = exchange.skipped.empty() ? Json() : Json(exchange.skipped);
    json["problem"] = exchange.problem.empty() ? Json() : Json(exchange.problem);
    json["same"] = exchange.same();
    output.json(io::now(), "exchange", json);
    if (output.is_json()) return;
    output.text(fmt::format("{:>3} {} ({}, answer {})", exchange.number, summary(request.message),
                            frame_text(&request), frame_text(exchange.answer)));
    if (exchange.live_request && !exchange.request_differences.empty())
        output.text("    request: " + differences_text(exchange.request_differences));
    output.text("    answer:  " + answer_verdict(exchange));
    if (exchange.live_answer && !(exchange.answer != nullptr && exchange.answer_differences.empty()))
        output.text("    live:    " + summary(*exchange.live_answer));
    if (trip) output.text("    " + round_trips(*trip, request, exchange.answer));
}

void show_summary(Output& output, const ReenactReport& report) {
    unsigned same = 0, answered = 0, skipped = 0;
    for (const auto& each : report.exchanges) {
        same += each.same();
        answered += each.live_answer.has_value();
        skipped += !each.skipped.empty();
    }
    output.json(io::now(), "summary",
                {{"exchanges", report.exchanges.size()},
                 {"answered", answered},
                 {"same", same},
                 {"skipped", skipped},
                 {"interrupted", report.interrupted}});
    output.text("");
    output.text(
        fmt::format("{} exchanges: {} answered as in the capture, {} otherwise or not, {} not re-enacted",
                    report.exchanges.size(), same, report.exchanges.size() - same - skipped, skipped));
}
