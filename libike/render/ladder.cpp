#include "libike/render/ladder.hpp"

#include "libike/registry/ike1.hpp"

namespace ike {
namespace {

constexpr std::size_t most_columns = 12;
constexpr std::size_t most_runs = 16;
constexpr std::size_t left_margin = 21;
constexpr std::size_t place_width = 9;  // of "1:7 "
constexpr std::string_view plain = "\x1b[0m";
constexpr std::string_view dim = "\x1b[2m";
constexpr std::string_view red = "\x1b[31m";
constexpr std::string_view yellow = "\x1b[33m";
constexpr std::string_view magenta = "\x1b[35m";

struct Glyphs {
    std::string_view lane, line, right, left, branch_right, branch_left, bullet;
};
constexpr Glyphs unicode{"│", "─", "▶", "◀", "├", "┤", "●"};
constexpr Glyphs ascii{"|", "-", ">", "<", "+", "+", "*"};

std::string_view view(const TextBuffer& text) { return {text.data(), text.size()}; }

/// What nearly every message of its kind has and no story needs.
bool is_routine(const Payload& payload) {
    if (payload.type == PayloadType::vendor_id || payload.type == PayloadType::certreq) return true;
    const auto* notify = std::get_if<Notify>(&payload.body);
    return notify != nullptr && (notify->type == NotifyType::nat_detection_source_ip ||
                                 notify->type == NotifyType::nat_detection_destination_ip ||
                                 notify->type == NotifyType::signature_hash_algorithms ||
                                 notify->type == NotifyType::ikev2_fragmentation_supported);
}

void put_exchange(const IkeObservation& seen, TextBuffer& out) {
    const auto& header = seen.header;
    if (seen.version1) {
        put(out, seen.authip ? std::string_view{"AuthIP "} : std::string_view{"IKEv1 "});
        return put(out, to_string(static_cast<ike1::ExchangeType>(header.exchange)));
    }
    put(out, to_string(header.exchange));
    put(out, header.is_response() ? std::string_view{" resp "} : std::string_view{" req "});
    put_number(out, header.message_id);
    std::vector<Payload> shown;
    for (const auto& payload : seen.inner.empty() ? seen.outer.payloads() : seen.inner.payloads()) {
        if (!is_routine(payload)) shown.push_back(payload);
    }
    if (seen.integrity == IcvState::good && seen.inner.empty() && seen.fragments == 0) {
        return put(out, ": empty");
    }
    if (shown.empty()) return;
    put(out, ": ");
    put_payloads(out, shown);
}

}  // namespace

void Ladder::paint(TextBuffer& out, std::string_view code) const {
    if (colour_ == Colour::ansi) put(out, code);
}

void Ladder::add(const Observation& seen, TextBuffer& out) {
    if (!begin_) begin_ = seen.packet.time;
    merged_ = seen.packet.number_in_file != 0;
    switch (seen.what.kind) {
        case Kind::ike:
            flush_runs(out);
            add_ike(seen, out);
            return note_path(seen, out);
        case Kind::esp:
        case Kind::ah:
        case Kind::keepalive:
            note_path(seen, out);
            return add_to_run(seen, out);
        case Kind::icmp:
        case Kind::other:
            return;
    }
}

void Ladder::finish(TextBuffer& out) { flush_runs(out); }

void Ladder::note_path(const Observation& seen, TextBuffer& out) {
    const auto change = follower_.add(seen);
    if (!change) return;
    flush_runs(out);
    for (std::size_t i = 0; i < left_margin + (merged_ ? place_width : 0); ++i) put(out, ' ');
    paint(out, magenta);
    put(out, "path of ");
    put_hex(out, change->initiator_spi, 16);
    put(out, " is now ");
    put_endpoint(out, change->path.initiator);
    put(out, charset_ == Charset::unicode ? std::string_view{" ⇄ "} : std::string_view{" <> "});
    put_endpoint(out, change->path.responder);
    paint(out, plain);
    put(out, '\n');
}

void Ladder::add_ike(const Observation& seen, TextBuffer& out) {
    const auto& ike = seen.ike;
    TextBuffer text;
    if (ike.header_error) {
        put(text, "IKE, unreadable: ");
        put(text, to_string(*ike.header_error));
    } else {
        put_exchange(ike, text);
    }
    if (ike.repeats != 0) {
        paint(text, yellow);
        // Several paths are tried at once.
        if (ike.since < std::chrono::milliseconds{10}) {
            fmt::format_to(fmt::appender(text), " (the same as frame {})", ike.repeats);
        } else {
            fmt::format_to(fmt::appender(text), " (retransmission {} of frame {}, after {:.3f} s)",
                           ike.repetition, ike.repeats, static_cast<double>(ike.since.count()) / 1e9);
        }
        paint(text, plain);
    } else if (ike.answers != 0) {
        paint(text, dim);
        fmt::format_to(fmt::appender(text), " (+{:.1f} ms)", static_cast<double>(ike.since.count()) / 1e6);
        paint(text, plain);
    }
    if (ike.integrity == IcvState::bad) {
        paint(text, red);
        put(text, " bad ICV");
        paint(text, plain);
    }
    put_row(out, seen.packet.time, place(seen.packet), seen.packet.source, seen.packet.destination,
            view(text));
}

void Ladder::add_to_run(const Observation& seen, TextBuffer& out) {
    const auto& packet = seen.packet;
    const bool keepalive = seen.what.kind == Kind::keepalive;
    const auto spi = keepalive ? 0 : seen.esp.spi;
    const auto same = [&](const Run& run) {
        return run.kind == seen.what.kind && run.spi == spi && run.source == packet.source &&
               run.destination == packet.destination;
    };
    auto at = std::ranges::find_if(runs_, same);
    if (at == runs_.end()) {
        // The same SA on another path: what was sent so far comes first.
        const bool moved =
            !keepalive && std::ranges::any_of(runs_, [&](const Run& run) { return run.spi == spi; });
        if (moved || runs_.size() == most_runs) flush_runs(out);
        runs_.push_back({packet.source, packet.destination, seen.what.kind, spi, place(packet), packet.time,
                         packet.time});
        at = runs_.end() - 1;
        at->first_sequence = seen.esp.sequence;
    }
    ++at->packets;
    at->octets += seen.what.octets.size();
    at->end = packet.time;
    at->last_sequence = seen.esp.sequence;
    if (!keepalive && seen.esp.integrity == IcvState::bad) ++at->bad;
}

void Ladder::flush_runs(TextBuffer& out) {
    for (const auto& run : runs_) put_run(run, out);
    runs_.clear();
}

void Ladder::put_run(const Run& run, TextBuffer& out) {
    TextBuffer text;
    if (run.kind == Kind::keepalive) {
        put(text, "NAT keepalive");
    } else {
        put(text, run.kind == Kind::esp ? std::string_view{"ESP"} : std::string_view{"AH"});
    }
    auto to = fmt::appender(text);
    if (run.packets > 1) fmt::format_to(to, " x {} packets", run.packets);
    if (run.kind != Kind::keepalive) fmt::format_to(to, " spi 0x{:08x} seq {}", run.spi, run.first_sequence);
    if (run.kind != Kind::keepalive && run.packets > 1) fmt::format_to(to, " to {}", run.last_sequence);
    if (run.packets > 1)
        fmt::format_to(to, ", {} octets in {:.3f} s", run.octets,
                       static_cast<double>(between(run.begin, run.end).count()) / 1e9);
    if (run.bad > 0) {
        paint(text, red);
        fmt::format_to(to, ", {} with a bad ICV", run.bad);
        paint(text, plain);
    }
    put_row(out, run.begin, run.place, run.source, run.destination, view(text));
}

std::optional<std::size_t> Ladder::column(const Endpoint& end, bool with_port) {
    const Endpoint key{end.address, with_port ? end.port : std::uint16_t{0}};
    const auto at = std::ranges::find(columns_, key);
    if (at != columns_.end()) return static_cast<std::size_t>(at - columns_.begin());
    if (columns_.size() == most_columns) return std::nullopt;
    columns_.push_back(key);
    TextBuffer text;
    put_endpoint(text, key);
    width_ = std::max(width_, text.size() + 2);
    return columns_.size() - 1;
}

void Ladder::put_head(TextBuffer& out) {
    if (drawn_ == columns_.size()) return;
    drawn_ = columns_.size();
    fmt::format_to(fmt::appender(out), "{:>12} {:>7} ", "seconds", "frame");
    if (merged_) fmt::format_to(fmt::appender(out), "{:<{}}", "file", place_width);
    for (const auto& each : columns_) {
        TextBuffer text;
        put_endpoint(text, each);
        put(out, view(text));
        for (auto i = text.size(); i < width_; ++i) put(out, ' ');
    }
    put(out, '\n');
}

Ladder::Place Ladder::place(const Packet& packet) {
    return {packet.frame, packet.file, packet.number_in_file};
}

void Ladder::put_row(TextBuffer& out, EpochTime time, const Place& place, const Endpoint& source,
                     const Endpoint& destination, std::string_view text) {
    // One host talking to itself is told apart by port.
    const bool with_port = source.address == destination.address;
    const auto from = column(source, with_port);
    const auto to = column(destination, with_port);
    put_head(out);
    TextBuffer seconds;
    put_seconds(seconds, between(*begin_, time).count());
    paint(out, dim);
    fmt::format_to(fmt::appender(out), "{:>12} {:>7} ", view(seconds), place.frame);
    if (merged_)
        fmt::format_to(fmt::appender(out), "{:<{}}", fmt::format("{}:{} ", place.file, place.in_file),
                       place_width);
    paint(out, plain);
    if (from && to) {
        put_arrow(out, *from, *to, source, destination);
    } else {
        put_endpoint(out, source);
        put(out, " > ");
        put_endpoint(out, destination);
        put(out, ' ');
    }
    put(out, text);
    put(out, '\n');
}

void Ladder::put_arrow(TextBuffer& out, std::size_t from, std::size_t to, const Endpoint& source,
                       const Endpoint& destination) const {
    const auto& glyphs = charset_ == Charset::unicode ? unicode : ascii;
    std::vector<std::string_view> cells(columns_.size() * width_ - width_ + 2, " ");
    for (std::size_t i = 0; i < columns_.size(); ++i) cells[i * width_] = glyphs.lane;
    const auto low = std::min(from, to) * width_;
    const auto high = std::max(from, to) * width_;
    for (auto i = low + 1; i < high; ++i) cells[i] = glyphs.line;
    const bool right = to > from;
    const fmt::format_int left_port{right ? source.port : destination.port};
    const fmt::format_int right_port{right ? destination.port : source.port};
    if (source.port != 0 && low != high) {
        const std::string_view left{left_port.data(), left_port.size()},
            other{right_port.data(), right_port.size()};
        for (std::size_t i = 0; i < left.size(); ++i) cells[low + 2 + i] = left.substr(i, 1);
        for (std::size_t i = 0; i < other.size(); ++i)
            cells[high - 1 - other.size() + i] = other.substr(i, 1);
    }
    if (low == high) {
        cells[low] = glyphs.bullet;
    } else {
        cells[right ? low : high] = right ? glyphs.branch_right : glyphs.branch_left;
        cells[right ? high - 1 : low + 1] = right ? glyphs.right : glyphs.left;
    }
    for (const auto cell : cells) put(out, cell);
    put(out, ' ');
}

}  // namespace ike
