#include "tools/common/chart.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

using namespace ike;

namespace {

/// What a cell of the timeline saw of one address's probes.
struct Cell {
    unsigned sent = 0, answered = 0;
};

struct Row {
    Address address;
    std::vector<Cell> cells;
};

class Timeline {
public:
    Timeline(const RoamReport& report, std::size_t width)
        : report_{report},
          width_{width},
          span_{std::max<Duration>(report.ended - report.begun, Duration{1})},
          lost_(width) {
        for (const auto& use : report.paths) row(use.path.local.address);
        for (const auto& move : report.moves)
            if (move.moved || move.to != Address{}) row(move.to);
    }
    void add(const Probe& probe) {
        const auto at = cell_at(probe.sent);
        auto& cell = row(address_at(probe.sent)).cells[at];
        ++cell.sent;
        if (probe.answered)
            ++cell.answered;
        else
            ++lost_[at];
    }
    std::vector<std::string> lines(Charset charset) const {
        std::size_t label = 4;
        for (const auto& each : rows_) label = std::max(label, to_string(each.address).size());
        std::vector<std::string> lines{fmt::format("{:<{}}  {}", "time", label, axis())};
        for (const auto& each : rows_)
            lines.push_back(fmt::format("{:<{}}  {}", to_string(each.address), label, bar(each, charset)));
        lines.push_back(fmt::format("{:<{}}  {}", "lost", label, losses(charset)));
        return lines;
    }

private:
    std::size_t cell_at(Instant time) const {
        const auto share =
            static_cast<double>((time - report_.begun).count()) / static_cast<double>(span_.count());
        const auto at = static_cast<std::size_t>(std::max(share, 0.0) * static_cast<double>(width_));
        return std::min(at, width_ - 1);
    }
    Address address_at(Instant time) const {
        Address address;
        for (const auto& use : report_.paths)
            if (use.since <= time || &use == &report_.paths.front()) address = use.path.local.address;
        return address;
    }
    Row& row(const Address& address) {
        for (auto& each : rows_)
            if (each.address == address) return each;
        rows_.push_back({address, std::vector<Cell>(width_)});
        return rows_.back();
    }
    static std::string bar(const Row& row, Charset charset) {
        std::string text;
        for (const auto& cell : row.cells) {
            const bool unicode = charset == Charset::unicode;
            if (cell.sent == 0)
                text += unicode ? "·" : ".";
            else if (cell.answered == cell.sent)
                text += unicode ? "█" : "#";
            else if (cell.answered > 0)
                text += unicode ? "▓" : "+";
            else
                text += unicode ? "░" : "-";
        }
        return text;
    }
    std::string losses(Charset charset) const {
        std::string text;
        for (const auto count : lost_) {
            if (count == 0)
                text += charset == Charset::unicode ? "·" : ".";
            else
                text += count > 9 ? "+" : fmt::format("{}", count);
        }
        return text;
    }
    /// Seconds, at 1, 2 or 5 times a power of ten, at most one label each ten columns.
    std::string axis() const {
        const double seconds = std::chrono::duration<double>{span_}.count();
        const double least = seconds * 10 / static_cast<double>(width_);
        double step = std::pow(10, std::floor(std::log10(least)));
        for (const double factor : {1.0, 2.0, 5.0, 10.0}) {
            if (step * factor < least) continue;
            step *= factor;
            break;
        }
        std::string text(width_, ' ');
        for (double tick = 0; tick < seconds; tick += step) {
            const auto at = static_cast<std::size_t>(tick / seconds * static_cast<double>(width_));
            const auto label = fmt::format("|{:g} s", tick);
            if (at + label.size() <= width_) text.replace(at, label.size(), label);
        }
        return text.substr(0, text.find_last_not_of(' ') + 1);
    }
    const RoamReport& report_;
    std::size_t width_;
    Duration span_;
    std::vector<Row> rows_;
    std::vector<unsigned> lost_;
};

/// Groups of neighbours, the largest of each, so that none is hidden.
std::vector<double> condense(std::span<const double> values, std::size_t width) {
    const auto group = (values.size() + width - 1) / width;
    std::vector<double> columns;
    for (std::size_t at = 0; at < values.size(); at += group) {
        const auto some = values.subspan(at, std::min(group, values.size() - at));
        columns.push_back(*std::max_element(some.begin(), some.end()));
    }
    return columns;
}

}  // namespace

std::vector<std::string> draw_timeline(const RoamReport& report, std::span<const Probe> probes,
                                       Charset charset, std::size_t width) {
    Timeline timeline{report, std::max<std::size_t>(width, 10)};
    for (const auto& probe : probes) timeline.add(probe);
    return timeline.lines(charset);
}

std::vector<std::string> draw_columns(std::span<const double> values, std::string_view unit, Charset charset,
                                      std::size_t width, std::size_t height) {
    if (values.empty() || width == 0 || height == 0) return {};
    const auto columns = condense(values, width);
    const auto top = *std::max_element(columns.begin(), columns.end());
    static constexpr std::string_view eighths[] = {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
    static constexpr std::string_view ascii[] = {" ", ".", ".", ".", ":", ":", ":", "|", "|"};
    const auto& glyphs = charset == Charset::unicode ? eighths : ascii;
    std::vector<std::string> lines;
    for (std::size_t row = height; row-- > 0;) {
        const double scale = top * static_cast<double>(row + 1) / static_cast<double>(height);
        std::string line = fmt::format("{:>9.2f} {} ", scale, unit);
        line += charset == Charset::unicode ? "┤" : "|";
        for (const auto value : columns) {
            const double filled =
                top > 0 ? value / top * static_cast<double>(height) - static_cast<double>(row) : 0;
            // Whatever was measured shows at least as the thinnest bar.
            const auto level = std::clamp(std::ceil(filled * 8 - 1e-9), row == 0 ? 1.0 : 0.0, 8.0);
            line += glyphs[static_cast<std::size_t>(level)];
        }
        lines.push_back(std::move(line));
    }
    return lines;
}
