// The timeline of a page: IKE SAs and their paths, ESP SAs with rate and gaps, over the time of the capture.
#include <algorithm>

#include "libike/base/sort.hpp"
#include "libike/diagnose/page/page.hpp"
#include "libike/diagnose/views.hpp"

namespace ike::diagnose::page {
namespace {

constexpr std::size_t most_lanes = 60, colours = 6;
constexpr int lane_height = 40, left = 190, width = 900, top = 24;

/// Colours for the paths, by their ends without regard to direction.
class Paths {
public:
    std::size_t colour(const Way& way) {
        const auto key = way.source < way.destination ? way : way.reversed();
        const auto found = std::ranges::find(all_, key);
        if (found != all_.end()) return static_cast<std::size_t>(found - all_.begin()) % colours;
        if (all_.size() < 64) all_.push_back(key);
        return (all_.size() - 1) % colours;
    }
    const std::vector<Way>& all() const { return all_; }

private:
    std::vector<Way> all_;
};

class Drawing {
public:
    Drawing(TextBuffer& out, const Facts& facts)
        : out_{out},
          begin_{facts.begin},
          span_{std::max<std::int64_t>(1, between(facts.begin, facts.end).count())} {}
    double x(EpochTime time) const {
        const auto share = static_cast<double>(between(begin_, time).count()) / static_cast<double>(span_);
        return left + std::clamp(share, 0.0, 1.0) * width;
    }
    int y() const { return y_; }
    void next_lane() { y_ += lane_height; }
    /// `below` is what the lane is about, `last` its scale, both smaller.
    void label(std::string_view text, std::string_view below = {}, std::string_view last = {}) {
        put_text(text, "", below.empty() ? 24 : 12);
        if (!below.empty()) put_text(below, "dim small", 23);
        if (!last.empty()) put_text(last, "dim small", 33);
    }
    void bar(EpochTime from, EpochTime to, int offset, int height, std::size_t colour,
             std::string_view title) {
        const auto a = x(from), b = std::max(x(to), a + 2);
        put(out_, fmt::format(
                      "<rect class=\"bar p{}\" x=\"{:.1f}\" y=\"{}\" width=\"{:.1f}\" height=\"{}\"><title>",
                      colour, a, y_ + offset, b - a, height));
        put_escaped(out_, title);
        put(out_, "</title></rect>");
    }
    void tick(EpochTime time, int offset, int height, std::string_view kind) {
        put(out_, fmt::format("<line class=\"{0}\" x1=\"{1:.1f}\" y1=\"{2}\" x2=\"{1:.1f}\" y2=\"{3}\"/>",
                              kind, x(time), y_ + offset, y_ + offset + height));
    }

private:
    void put_text(std::string_view text, std::string_view kind, int offset) {
        put(out_, fmt::format("<text class=\"{}\" x=\"4\" y=\"{}\">", kind, y_ + offset));
        put_escaped(out_, text, 60);
        put(out_, "</text>");
    }
    TextBuffer& out_;
    EpochTime begin_;
    std::int64_t span_;
    int y_ = top;
};

/// Initiators try other paths with empty requests before they move (RFC 4555 section 3.10): those are no
/// move. Without keys nobody can tell.
bool is_probe(const Exchange& exchange, const Way& now, const Way& before) {
    const bool elsewhere =
        now.source.address != before.source.address || now.destination.address != before.destination.address;
    return elsewhere && exchange.type == ExchangeType::informational && exchange.request.readable &&
           (!exchange.is_update() || exchange.response.error() != nullptr);
}

/// The IKE SA's path changes with its messages.
void put_sa(Drawing& drawing, const IkeSaFacts& sa, Paths& paths) {
    drawing.label("IKE " + spi_text(sa.spis.initiator).substr(0, 8) + "..");
    std::vector<std::pair<EpochTime, Way>> uses;
    for (const auto& exchange : sa.exchanges) {
        if (!exchange.answered()) continue;
        const auto& way = exchange.response.first().way;
        const auto now = exchange.from_initiator ? way.reversed() : way;
        if (!uses.empty() && is_probe(exchange, now, uses.back().second)) continue;
        uses.emplace_back(exchange.response.first().time, now);
    }
    if (uses.empty()) uses.emplace_back(sa.first.time, sa.begun);
    sort_stably(uses, &std::pair<EpochTime, Way>::first);
    uses.front().first = sa.first.time;
    for (std::size_t i = 0; i < uses.size();) {
        std::size_t j = i + 1;
        while (j < uses.size() && uses[j].second == uses[i].second) ++j;
        const auto until = j < uses.size() ? uses[j].first : sa.last.time;
        drawing.bar(uses[i].first, until, 12, 14, paths.colour(uses[i].second), to_string(uses[i].second));
        i = j;
    }
    for (const auto& exchange : sa.exchanges) {
        for (const auto& sent : exchange.request.sent)
            drawing.tick(sent.time, 8, 4, exchange.answered() ? "ike" : "gap");
    }
}

/// Packets a slice as columns, coloured by path; gaps as strokes below.
void put_flow(Drawing& drawing, const EspFlow& flow, Paths& paths) {
    const auto most =
        flow.rate.packets.empty() ? 1u : std::max(1u, *std::ranges::max_element(flow.rate.packets));
    drawing.label(fmt::format("{} {:08x}", flow.ah ? "AH" : "ESP", flow.spi),
                  "to " + to_string(flow.last.way.destination.address),
                  fmt::format("most {} in {}", most, duration_text(flow.rate.width)));
    for (std::size_t i = 0; i < flow.rate.packets.size(); ++i) {
        const auto count = flow.rate.packets[i];
        if (count == 0) continue;
        const auto from = flow.rate.begin + flow.rate.width * static_cast<std::int64_t>(i);
        const Leg* leg = &flow.legs.front();
        for (const auto& each : flow.legs) {
            if (each.first.time <= from + flow.rate.width) leg = &each;
        }
        const int height = std::max(2, static_cast<int>(26.0 * count / most));
        drawing.bar(from, from + flow.rate.width, 32 - height, height, paths.colour(leg->way),
                    fmt::format("{} packets in {}", count, duration_text(flow.rate.width)));
    }
    for (const auto& gap : flow.gaps) drawing.tick(gap.after, 32, 6, "gap");
}

/// A time within a capture that lasts `span` seconds: as fine as what it stands beside.
std::string scale_text(double seconds, double span) {
    if (span < 0.01) return fmt::format("{:.0f} us", seconds * 1e6);
    if (span < 6) return fmt::format("{:.0f} ms", seconds * 1e3);
    if (span < 600) return fmt::format("{:.1f} s", seconds);
    const auto whole = static_cast<std::int64_t>(seconds);
    return fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
}

void put_scale(TextBuffer& out, const Facts& facts, int height) {
    const auto span = static_cast<double>(between(facts.begin, facts.end).count()) / 1e9;
    for (int i = 0; i <= 6; ++i) {
        const int x = left + width * i / 6;
        put(out, fmt::format("<line class=grid x1=\"{0}\" y1=\"18\" x2=\"{0}\" y2=\"{1}\"/><text class=dim "
                             "x=\"{0}\" y=\"13\" text-anchor=middle>{2}</text>\n",
                             x, height, scale_text(span * i / 6, span)));
    }
}

void put_key(TextBuffer& out, const Paths& paths) {
    put(out, "<p class=key>");
    for (std::size_t i = 0; i < std::min<std::size_t>(paths.all().size(), 12); ++i) {
        put(out, fmt::format("<span><i class=p{}></i>", i % colours));
        put_escaped(out, fmt::format("{} - {}", end_text(paths.all()[i].source),
                                     end_text(paths.all()[i].destination)));
        put(out, "</span>");
    }
    put(out,
        "</p>\n<p class=dim>Bars: IKE SAs, coloured by path; strokes above them are requests (red: never "
        "answered). Columns: ESP packets over "
        "time, the highest as many as said; red strokes below them are missing sequence numbers.</p>\n");
}

}  // namespace

void put_timeline(TextBuffer& out, const Facts& facts) {
    const auto sas = std::min(facts.sas.size(), most_lanes), flows = std::min(facts.flows.size(), most_lanes);
    if (sas + flows == 0) return;
    const int height = top + static_cast<int>(sas + flows) * lane_height + 6;
    put(out, fmt::format("<h3>Timeline</h3>\n<div class=draw><svg role=img aria-label=\"timeline of SAs\" "
                         "width=\"{}\" height=\"{}\">\n",
                         left + width + 40, height));
    put_scale(out, facts, height);
    Drawing drawing{out, facts};
    Paths paths;
    for (std::size_t i = 0; i < sas; ++i) {
        put_sa(drawing, facts.sas[i], paths);
        drawing.next_lane();
    }
    for (std::size_t i = 0; i < flows; ++i) {
        put_flow(drawing, facts.flows[i], paths);
        drawing.next_lane();
    }
    put(out, "</svg></div>\n");
    put_key(out, paths);
    const auto more = facts.sas.size() + facts.flows.size() - sas - flows;
    if (more > 0) put(out, fmt::format("<p class=dim>{} more SAs are not drawn.</p>\n", more));
}

}  // namespace ike::diagnose::page
