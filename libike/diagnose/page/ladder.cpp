// The ladder of a page: a column for each address, an arrow for each message, a row for each leg of ESP.
#include <algorithm>
#include <set>

#include "libike/base/sort.hpp"
#include "libike/diagnose/page/page.hpp"
#include "libike/diagnose/views.hpp"

namespace ike::diagnose::page {
namespace {

constexpr std::size_t most_rows = 1500, most_columns = 8;
constexpr int row_height = 22, line_height = 15, column_width = 190, left = 120, head = 30;
/// Of a row's text: lines, characters that each has at least, and all that the last one takes; their width.
constexpr std::size_t most_lines = 6, least_length = 48, longest_line = 160;
constexpr double character_width = 7.3;
constexpr int page_width = 1130;  // of style()'s body, without what is around the drawing

std::string message_text(const Exchange& exchange, const MessageFacts& message, bool request) {
    TextBuffer text;
    put(text, fmt::format("{} {} {}", to_string(exchange.type), request ? "request" : "response",
                          exchange.message_id));
    if (message.fragments > 0) put(text, fmt::format(" in {} fragments", message.fragments));
    if (message.readable) {
        put(text, ": ");
        if (message.payloads.empty()) put(text, "empty");
        put_payloads(text, message.payloads);
    }
    return {text.data(), text.size()};
}

void add_message(std::vector<Row>& rows, const Report* report, FileIndex file, const Exchange& exchange,
                 const MessageFacts& message, bool request) {
    const auto text = message_text(exchange, message, request);
    for (std::size_t i = 0; i < message.sent.size(); ++i) {
        Row row;
        row.at = message.sent[i];
        const auto before = message.sent.begin() + static_cast<std::ptrdiff_t>(i);
        const bool elsewhere = std::none_of(message.sent.begin(), before,
                                            [&](const Sighting& each) { return each.way == row.at.way; });
        row.text = i == 0 ? text
                          : fmt::format("{} ({})", text.substr(0, text.find(':')),
                                        elsewhere ? "on another path" : "sent again");
        row.repeated = i > 0;
        row.lost = report != nullptr && report->ends && report->ends->fate(file, row.at.frame) == Fate::lost;
        rows.push_back(std::move(row));
    }
}

std::vector<Row> all_rows(const Report* report, const Facts& facts) {
    std::vector<Row> rows;
    for (const auto& sa : facts.sas) {
        for (const auto& exchange : sa.exchanges) {
            add_message(rows, report, facts.file, exchange, exchange.request, true);
            add_message(rows, report, facts.file, exchange, exchange.response, false);
        }
    }
    for (const auto& flow : facts.flows) {
        for (const auto& leg : flow.legs) {
            Row row;
            row.at = leg.first;
            row.last_frame = leg.last.frame;
            row.text = fmt::format("ESP {:08x}: {} packets in {}", flow.spi, leg.packets,
                                   duration_text(between(leg.first.time, leg.last.time)));
            row.esp = true;
            rows.push_back(std::move(row));
        }
    }
    sort_stably(rows, [](const Row& row) { return std::pair{row.at.time, row.at.frame}; });
    return rows;
}

/// The column of an address; that behind the last of them stands for all others.
std::size_t column_of(std::vector<Address>& columns, const Address& address) {
    const auto found = std::ranges::find(columns, address);
    const auto column = static_cast<std::size_t>(found - columns.begin());
    if (found == columns.end() && columns.size() < most_columns) columns.push_back(address);
    return column;
}

int x_of(std::size_t column) { return left + static_cast<int>(column) * column_width + 20; }

/// From one of the addresses without a column to another.
void put_dot(TextBuffer& out, int x, int y, std::string_view kind) {
    put(out, fmt::format("<circle class=\"{}\" cx=\"{}\" cy=\"{}\" r=\"3\"/>", kind, x, y));
}

void put_arrow(TextBuffer& out, int from, int to, int y, const Row& row) {
    const auto kind = row.esp ? "esp" : "ike";
    if (from == to) return put_dot(out, from, y, kind);
    const int tip = to > from ? -7 : 7;
    const int end = row.lost ? from + (to - from) * 6 / 10 : to;
    put(out,
        fmt::format("<line class=\"{}{}\" x1=\"{}\" y1=\"{}\" x2=\"{}\" y2=\"{}\" stroke-width=\"1.5\"/>",
                    kind, row.repeated ? " again" : "", from, y, end, y));
    if (row.lost) {
        put(out,
            fmt::format("<path class=gap d=\"M{} {}l8 8m0 -8l-8 8\" stroke-width=\"2\"/>", end - 4, y - 4));
    } else {
        put(out, fmt::format("<path class=\"{}\" d=\"M{} {}l{} -4v8z\"/>", kind, to, y, tip));
    }
}

/// Frames of findings that a row of many packets stands for.
void put_inner_anchors(TextBuffer& out, const Report& report, FileIndex file, const Row& row,
                       std::set<std::uint64_t>& anchored) {
    if (!row.esp) return;
    for (const auto& finding : report.findings) {
        for (const auto& each : finding.frames) {
            const bool inside =
                each.file == file && each.frame > row.at.frame && each.frame <= row.last_frame;
            if (inside && anchored.insert(each.frame).second)
                put(out, fmt::format("<g id=\"{}\"/>", anchor(each)));
        }
    }
}

/// Where the texts begin, and how long their lines are: to the page's edge where that is far enough.
struct Texts {
    explicit Texts(std::size_t columns)
        : x{x_of(columns - 1) + 40},
          length{std::max(least_length,
                          static_cast<std::size_t>(std::max(0, page_width - x - 20) / character_width))} {}
    int width() const { return static_cast<int>(static_cast<double>(length) * character_width) + 10; }
    int x;
    std::size_t length;
};

/// A row's text in lines, broken at blanks where there are any.
std::vector<std::string_view> lines_of(std::string_view text, std::size_t line_length) {
    std::vector<std::string_view> lines;
    while (text.size() > line_length && lines.size() + 1 < most_lines) {
        const auto blank = text.rfind(' ', line_length);
        const auto end = blank == text.npos || blank == 0 ? line_length : blank;
        lines.push_back(text.substr(0, end));
        text.remove_prefix(blank == end ? end + 1 : end);
    }
    lines.push_back(text);
    return lines;
}
int height_of(const std::vector<std::string_view>& lines) {
    return row_height + line_height * static_cast<int>(lines.size() - 1);
}
void put_lines(TextBuffer& out, const std::vector<std::string_view>& lines, int x, int y) {
    put(out, fmt::format("<text x=\"{}\" y=\"{}\">", x, y));
    for (std::size_t i = 0; i < lines.size(); ++i) {
        if (i > 0) put(out, fmt::format("<tspan x=\"{}\" dy=\"{}\">", x + 14, line_height));
        put_escaped(out, lines[i], longest_line);
        if (i > 0) put(out, "</tspan>");
    }
    put(out, "</text>");
}

void put_row(TextBuffer& out, const Report& report, const Facts& facts, const Row& row,
             std::vector<Address>& columns, int y, const Texts& texts, std::set<std::uint64_t>& anchored) {
    const FrameRef ref{facts.file, row.at.frame};
    const auto lines = lines_of(row.text, texts.length);
    const int from = x_of(column_of(columns, row.at.way.source.address));
    const int to = x_of(column_of(columns, row.at.way.destination.address));
    put(out, fmt::format("<g id=\"{}\"><rect class=hit x=\"0\" y=\"{}\" width=\"100%\" height=\"{}\"/>",
                         anchor(ref), y - 15, height_of(lines)));
    put(out, fmt::format("<text class=dim x=\"4\" y=\"{}\">{:.3f} #{}</text>", y,
                         static_cast<double>(between(facts.begin, row.at.time).count()) / 1e9, row.at.frame));
    put_arrow(out, from, to, y - 4, row);
    put_inner_anchors(out, report, facts.file, row, anchored);
    const auto found = findings_of(report, ref);
    if (!found.empty()) {
        put(out,
            fmt::format("<a href=\"#finding-{}\"><circle class=found cx=\"{}\" cy=\"{}\" r=\"5\"><title>",
                        found.front(), texts.x - 10, y - 4));
        put_escaped(out, report.findings[found.front() - 1].id);
        put(out, "</title></circle></a>");
    }
    put_lines(out, lines, texts.x, y);
    put(out, "</g>\n");
}

/// The first rows, and what a finding points at in any case; how many are left out.
std::size_t leave_out(std::vector<Row>& rows, const Report& report, FileIndex file) {
    if (rows.size() <= most_rows) return 0;
    std::vector<Row> kept;
    for (auto& row : rows) {
        if (kept.size() < most_rows || !findings_of(report, {file, row.at.frame}).empty())
            kept.push_back(std::move(row));
    }
    const auto left_out = rows.size() - kept.size();
    rows = std::move(kept);
    return left_out;
}

/// The columns that there are: one for each of the first addresses, one for all others where there are more.
void put_columns(TextBuffer& out, const std::vector<Address>& columns, bool others, int height) {
    const auto count = columns.size() + (others ? 1 : 0);
    for (std::size_t i = 0; i < count; ++i) {
        put(out, fmt::format("<line class=col x1=\"{0}\" y1=\"{1}\" x2=\"{0}\" y2=\"{2}\"/><text x=\"{0}\" "
                             "y=\"18\" text-anchor=middle>{3}</text>\n",
                             x_of(i), head - 5, height,
                             i < columns.size() ? to_string(columns[i]) : std::string{"others"}));
    }
}

}  // namespace

void put_ladder(TextBuffer& out, const Report& report, const Facts& facts) {
    auto rows = all_rows(&report, facts);
    if (rows.empty()) return;
    const auto left_out = leave_out(rows, report, facts.file);
    std::vector<Address> columns;
    bool others = false;
    std::set<std::uint64_t> anchored;
    for (const auto& row : rows) {
        for (const auto& end : {row.at.way.source, row.at.way.destination})
            others = column_of(columns, end.address) == most_columns || others;
        anchored.insert(row.at.frame);
    }
    const Texts texts{columns.size() + (others ? 1 : 0)};
    int height = head + 10;
    for (const auto& row : rows) height += height_of(lines_of(row.text, texts.length));
    put(out, fmt::format("<h3>Ladder</h3>\n<div class=draw><svg role=img aria-label=\"ladder of messages\" "
                         "width=\"{}\" height=\"{}\">\n",
                         texts.x + texts.width(), height));
    put_columns(out, columns, others, height);
    int y = head + 15;
    for (const auto& row : rows) {
        put_row(out, report, facts, row, columns, y, texts, anchored);
        y += height_of(lines_of(row.text, texts.length));
    }
    put(out, "</svg></div>\n");
    if (left_out > 0) put(out, fmt::format("<p class=dim>{} more rows are not drawn.</p>\n", left_out));
}

}  // namespace ike::diagnose::page
