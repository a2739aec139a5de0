// Stats as tables and as fields.
#include "libike/registry/exchange_type.hpp"
#include "libike/registry/ike1.hpp"
#include "libike/render/describe.hpp"
#include "libike/render/stats.hpp"

namespace ike {
namespace {

constexpr std::size_t most_rows = 200;

std::string exchange_name(std::uint8_t exchange, bool version1) {
    return version1 ? to_string(ike1::ExchangeType{exchange}) : to_string(ExchangeType{exchange});
}

void put_rest(TextBuffer& out, std::size_t count) {
    if (count > most_rows) fmt::format_to(fmt::appender(out), "... and {} more\n", count - most_rows);
}

void endpoint_text(TextBuffer& out, const Endpoint& from, const Endpoint& to) {
    put_endpoint(out, from);
    put(out, " > ");
    put_endpoint(out, to);
}

}  // namespace

void Stats::put(TextBuffer& out) const {
    auto to = fmt::appender(out);
    fmt::format_to(to, "{} packets, {} octets in {:.3f} s", all_.packets, all_.octets, all_.seconds());
    bool first = true;
    for (const auto& [kind, count] : kinds_) {
        fmt::format_to(to, "{}{} {}", first ? ": " : ", ", count, to_string(kind));
        first = false;
    }
    out.push_back('\n');
    put_ike(out);
    put_esp(out);
    if (unlisted_ > 0) fmt::format_to(to, "{} packets of SAs beyond the first 100,000\n", unlisted_);
}

void Stats::put_ike(TextBuffer& out) const {
    if (ike_.empty()) return;
    auto to = fmt::appender(out);
    fmt::format_to(to, "\n{:<33} {:>8} {:>6} {:>6} {:>5} {:>10}  {}\n", "IKE SA", "messages", "again",
                   "opened", "moves", "seconds", "exchanges");
    for (std::size_t i = 0; i < std::min(ike_.size(), most_rows); ++i) {
        const auto& sa = ike_[i];
        fmt::format_to(to, "{:016x}:{:016x} {:>8} {:>6} {:>6} {:>5} {:>10.3f} ", sa.spis.initiator,
                       sa.spis.responder, sa.times.packets, sa.retransmissions, sa.opened, sa.moves,
                       sa.times.seconds());
        for (const auto& [exchange, count] : sa.exchanges)
            fmt::format_to(to, " {} {}", exchange_name(exchange, sa.version1), count);
        out.push_back('\n');
    }
    put_rest(out, ike_.size());
}

void Stats::put_esp(TextBuffer& out) const {
    if (esp_.empty()) return;
    auto to = fmt::appender(out);
    fmt::format_to(to, "\n{:<13} {:>9} {:>12} {:>8} {:>6} {:>5} {:>6} {:>5} {:>5} {:>10}  {}\n",
                   "ESP or AH SA", "packets", "octets", "missing", "again", "late", "opened", "bad", "moves",
                   "seconds", "last path");
    for (std::size_t i = 0; i < std::min(esp_.size(), most_rows); ++i) {
        const auto& sa = esp_[i];
        fmt::format_to(to, "{:<3} {:08x}  {:>9} {:>12} {:>8} {:>6} {:>5} {:>6} {:>5} {:>5} {:>10.3f}  ",
                       sa.kind == Kind::ah ? "AH" : "ESP", sa.spi, sa.times.packets, sa.times.octets,
                       sa.missing, sa.repeated, sa.late, sa.opened, sa.bad, sa.moves, sa.times.seconds());
        endpoint_text(out, sa.source, sa.destination);
        out.push_back('\n');
    }
    put_rest(out, esp_.size());
}

void Stats::describe(Fields& fields) const {
    fields.open("", "Capture");
    fields.number("packets", "Packets", all_.packets);
    fields.number("octets", "Octets", all_.octets);
    fields.text("first", "First", fmt::format("{}", all_.first.time_since_epoch().count()));
    fields.text("last", "Last", fmt::format("{}", all_.last.time_since_epoch().count()));
    fields.open("kinds", "Kinds");
    for (const auto& [kind, count] : kinds_) fields.number(to_string(kind), to_string(kind), count);
    fields.close();
    describe_ike(fields);
    describe_esp(fields);
    fields.number("unlisted", "Packets of SAs not listed", unlisted_);
    fields.close();
}

void Stats::describe_ike(Fields& fields) const {
    fields.open_list("ike_sas", "IKE SAs");
    for (const auto& sa : ike_) {
        fields.open("", "IKE SA");
        hex_field(fields, "ispi", "Initiator's SPI", sa.spis.initiator, 16);
        hex_field(fields, "rspi", "Responder's SPI", sa.spis.responder, 16);
        fields.number("messages", "Messages", sa.times.packets);
        fields.number("octets", "Octets", sa.times.octets);
        fields.number("retransmissions", "Retransmissions", sa.retransmissions);
        fields.number("opened", "Opened", sa.opened);
        fields.number("shut", "Not opened", sa.shut);
        fields.number("moves", "Changes of address", sa.moves);
        fields.text("seconds", "Seconds", fmt::format("{:.6f}", sa.times.seconds()));
        fields.open("exchanges", "Exchanges");
        for (const auto& [exchange, count] : sa.exchanges) {
            const auto name = exchange_name(exchange, sa.version1);
            fields.number(name, name, count);
        }
        fields.close();
        fields.close();
    }
    fields.close_list();
}

void Stats::describe_esp(Fields& fields) const {
    fields.open_list("esp_sas", "ESP and AH SAs");
    for (const auto& sa : esp_) {
        fields.open("", "SA");
        fields.text("kind", "Kind", to_string(sa.kind));
        hex_field(fields, "spi", "SPI", sa.spi, 8);
        fields.number("packets", "Packets", sa.times.packets);
        fields.number("octets", "Octets", sa.times.octets);
        fields.number("first_seq", "First sequence number", sa.first_sequence);
        fields.number("last_seq", "Highest sequence number", sa.window.highest());
        fields.number("missing", "Missing", sa.missing);
        fields.number("repeated", "Repeated", sa.repeated);
        fields.number("late", "Late", sa.late);
        fields.number("opened", "Opened", sa.opened);
        fields.number("bad", "With a wrong ICV", sa.bad);
        fields.number("moves", "Changes of path", sa.moves);
        fields.text("seconds", "Seconds", fmt::format("{:.6f}", sa.times.seconds()));
        endpoint_field(fields, "src", "Last source", sa.source);
        endpoint_field(fields, "dst", "Last destination", sa.destination);
        fields.close();
    }
    fields.close_list();
}

}  // namespace ike
